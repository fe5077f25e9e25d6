import { resourceNames } from '../../core/fleet/resource-names.ts';

const names = resourceNames('bench');
const queues = 'https://sqs.us-east-1.amazonaws.com/000000000000/';

/** What the stacks give every function; with it an idle one starts and reaches nobody. */
export const commonEnvironment: Readonly<Record<string, string>> = {
  NODE_OPTIONS: '--enable-source-maps',
  AWS_REGION: 'us-east-1',
  AWS_ACCESS_KEY_ID: 'bench',
  AWS_SECRET_ACCESS_KEY: 'bench',
  PLATFORM: 'bench',
  LOG_LEVEL: 'warn',
  JOBS_TABLE: names.jobsTable,
  PBX_TABLE: names.pbxTable,
  SESSIONS_TABLE: names.sessionsTable,
  CONSOLE_URL: 'wss://console.execute-api.us-east-1.amazonaws.com/v1',
  CONNECTIONS_URL: 'https://console.execute-api.us-east-1.amazonaws.com/v1',
  JOB_QUEUE_URL_BASE: queues + names.jobQueue(''),
  BUS: names.bus,
  IOT_POLICY: names.iotPolicy,
  ROLE_ALIAS: names.roleAlias,
};

/** Beside it, what route-events of the tenant `acme` gets. */
export function routeEventsEnvironment(odooUrl: string): Record<string, string> {
  return {
    ...commonEnvironment,
    TENANT: 'acme',
    INBOX_URL: queues + names.inbox('acme'),
    PARKED_URL: queues + names.parked('acme'),
    ODOO: JSON.stringify({
      url: odooUrl,
      db: 'acme',
      login: 'pbx',
      timeoutSeconds: 60,
      allowPrivateAddress: true,
      allowHttp: true,
      logins: {},
    }),
  };
}
