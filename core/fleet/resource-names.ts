/**
 * The names of the platform's AWS resources. They are the interface between stacks, functions, agents and the
 * operator's CLI: stacks refer to one another by them instead of by exports, so that each can be deployed alone.
 */
import type { PbxId } from '../contracts/names.ts';

export interface ResourceNames {
  readonly platformStack: string;
  readonly apiStack: string;
  readonly bus: string;
  readonly archive: string;
  /** The one role of all agents, its IoT role alias and IoT policy. */
  readonly agentRole: string;
  readonly roleAlias: string;
  readonly iotPolicy: string;
  readonly jobsTable: string;
  readonly pbxTable: string;
  readonly sessionsTable: string;
  readonly alarmsTopic: string;
  readonly dashboard: string;
  readonly httpApi: string;
  readonly webSocketApi: string;
  /** Log group of the HTTP API. */
  readonly accessLog: string;
  /** Begins the names of the platform's alarms; a tenant's begin with its stack's name. */
  readonly alarmPrefix: string;
  /** SQS standard: statuses that agent-status could not take. */
  readonly undeliveredStatus: string;
  /** Functions of the platform: `agent-status`, `sweep`, `submit-job`, `enroll-agent`, … */
  platformFunction(name: string): string;
  tenantStack(tenant: string): string;
  /** SQS FIFO, what the tenant's Odoo has to get. */
  inbox(tenant: string): string;
  /** SQS FIFO: the tenant's DLQ, what its Odoo could not take. */
  parked(tenant: string): string;
  /** SQS standard: DLQ of the tenant's bus rule, what could not get into the inbox. */
  undelivered(tenant: string): string;
  inboxRule(tenant: string): string;
  routeEvents(tenant: string): string;
  /** SQS standard, the jobs of one PBX; also the end of its URL. */
  jobQueue(pbx: PbxId): string;
  /** SSM SecureString: the password or API key of the tenant's Odoo user, or of one PBX's own. */
  odooSecret(tenant: string, pbxName?: string): string;
}

/** Output of the API's stack: the address that Odoo and the agents call, without a slash at its end. */
export const apiUrlOutput = 'ApiUrl';

export function resourceNames(platform: string): ResourceNames {
  const named = (rest: string): string => `${platform}-${rest}`;
  return {
    platformStack: named('platform'),
    apiStack: named('api'),
    bus: platform,
    archive: named('archive'),
    agentRole: named('agent'),
    roleAlias: named('agent'),
    iotPolicy: named('agent'),
    jobsTable: named('jobs'),
    pbxTable: named('pbx'),
    sessionsTable: named('sessions'),
    alarmsTopic: named('alarms'),
    dashboard: platform,
    httpApi: named('api'),
    webSocketApi: named('console'),
    // Groups under this path need no resource policy that grows with their number.
    accessLog: `/aws/vendedlogs/${named('api')}`,
    alarmPrefix: platform,
    undeliveredStatus: named('agent-status-undelivered'),
    platformFunction: (name) => named(name),
    tenantStack: (tenant) => named(`tenant-${tenant}`),
    inbox: (tenant) => named(`inbox-${tenant}.fifo`),
    parked: (tenant) => named(`parked-${tenant}.fifo`),
    undelivered: (tenant) => named(`undelivered-${tenant}`),
    inboxRule: (tenant) => named(`inbox-${tenant}`),
    routeEvents: (tenant) => named(`route-events-${tenant}`),
    jobQueue: (pbx) => named(`jobs-${pbx}`),
    odooSecret: (tenant, pbxName) =>
      pbxName === undefined ? `/${platform}/${tenant}/odoo` : `/${platform}/${tenant}/${pbxName}/odoo`,
  };
}
