import { join } from 'node:path';
import { CfnOutput, Duration, Stack, type StackProps } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import type { WebhookConfig } from '../core/contracts/webhook.ts';
import { type Fleet, pbxIdsOf } from '../core/fleet/fleet.ts';
import { pbxNameOf, tenantOf } from '../core/contracts/names.ts';
import { apiUrlOutput } from '../core/fleet/resource-names.ts';
import { Alarms } from './constructs/alarms.ts';
import { ConsoleGateway } from './constructs/console-gateway.ts';
import { FleetFileLayer } from './constructs/fleet-file-layer.ts';
import { HttpDoor } from './constructs/http-door.ts';
import type { NodeFunction } from './constructs/node-function.ts';
import { openSessionsIndex } from './constructs/platform-tables.ts';
import { deployedFunction } from './deployed-function.ts';
import type { Deployment } from './deployment.ts';
import { type ResourceArns, resourceArns } from './resource-arns.ts';

/** Less than the 30 s after which the gateway gives up. */
const answerWithin = Duration.seconds(25);
/** A gateway that throttles is asked again a few times; after that the side that waits comes back by itself. */
const relayWithin = Duration.seconds(20);

/** What the outside world calls: Odoo's door for jobs and webhooks, the agents' enrolment, the console. */
export class ApiStack extends Stack {
  readonly console: ConsoleGateway;
  readonly #deployment: Deployment;
  readonly #arns: ResourceArns;

  constructor(scope: Construct, id: string, deployment: Deployment, props: StackProps) {
    // Its address stands in every Odoo: it must not go by mistake.
    super(scope, id, { ...props, terminationProtection: true });
    this.#deployment = deployment;
    const { fleet, names } = deployment;
    this.#arns = resourceArns(this, names);

    const relay = this.#consoleRelay();
    this.console = new ConsoleGateway(this, 'Console', {
      name: names.webSocketApi,
      relay,
      ruleName: names.platformFunction('console-sweep'),
    });
    const submitJob = this.#submitJob();
    const enrollAgent = this.#enrollAgent();
    const { alarmPrefix, httpApi: name, accessLog } = names;
    const alarms = new Alarms(this, 'Alarms', { prefix: alarmPrefix, topicArn: this.#arns.alarmsTopic });
    const door = new HttpDoor(this, 'Door', {
      platform: fleet.platform.name,
      name,
      accessLog,
      logDays: fleet.platform.logDays,
      routes: [
        { route: 'POST /app/asterisk_plus/agent', to: submitJob.lambda, rate: 100, burst: 200 },
        { route: 'POST /webhook/{key}', to: submitJob.lambda, rate: 50, burst: 100 },
        { route: 'GET /health', to: submitJob.lambda, rate: 5, burst: 10 },
        // A person types the code: nobody needs many tries.
        { route: 'POST /enroll', to: enrollAgent.lambda, rate: 1, burst: 5 },
      ],
    });
    new CfnOutput(this, apiUrlOutput, { value: door.url, description: 'What Odoo and the agents call.' });
    alarms.add('api-failures', {
      metric: door.failures,
      above: 0,
      description: 'The HTTP API answered 500, 502 or 504: a function behind it fails.',
    });
    alarms.add('submit-job-throttles', {
      metric: submitJob.lambda.metricThrottles(),
      above: 0,
      description: 'submit-job is throttled: the account has too few concurrent executions.',
    });
    alarms.add('api-throttled', {
      metric: door.throttled,
      above: 0,
      description: 'The HTTP API refused jobs or webhooks of Odoo because there were too many at once.',
    });
    alarms.add('console-relay-errors', {
      metric: relay.lambda.metricErrors(),
      above: 0,
      description: 'console-relay fails: consoles in Odoo break off.',
    });
    alarms.add('console-relay-throttles', {
      metric: relay.lambda.metricThrottles(),
      above: 0,
      description: 'console-relay is throttled: the account has too few concurrent executions.',
    });
  }

  #submitJob(): NodeFunction {
    const { fleet, names, fleetFilesFolder } = this.#deployment;
    const webhooks = webhooksOf(fleet);
    const file =
      Object.keys(webhooks).length === 0
        ? undefined
        : new FleetFileLayer(this, 'Webhooks', {
            name: names.platformFunction('webhooks'),
            content: { webhooks },
            folder: join(fleetFilesFolder, 'webhooks'),
          });
    const submitJob = deployedFunction(this, this.#deployment, {
      lambda: 'submit-job',
      name: names.platformFunction('submit-job'),
      description: "Takes jobs and webhooks from Odoo, puts them into the PBX's job queue.",
      timeout: answerWithin,
      environment: {
        JOBS_TABLE: names.jobsTable,
        PBX_TABLE: names.pbxTable,
        SESSIONS_TABLE: names.sessionsTable,
        CONSOLE_URL: this.console.url,
        JOB_QUEUE_URL_BASE: this.#arns.jobQueueUrlBase,
        ...file?.environment,
      },
      ...(file && { layers: [file.layer] }),
    });
    submitJob.allow({
      sid: 'FindPbxOfKeyAndPinInstance',
      actions: ['dynamodb:GetItem', 'dynamodb:UpdateItem'],
      resources: [this.#arns.pbxTable],
    });
    submitJob.allow({
      sid: 'KeepJobs',
      actions: ['dynamodb:GetItem', 'dynamodb:PutItem'],
      resources: [this.#arns.jobsTable],
    });
    submitJob.allow({
      sid: 'OpenConsoles',
      actions: ['dynamodb:PutItem'],
      resources: [this.#arns.sessionsTable],
    });
    submitJob.allow({
      sid: 'SendJobs',
      actions: ['sqs:SendMessage'],
      resources: [this.#arns.queue(names.jobQueue('*'))],
    });
    return submitJob;
  }

  #consoleRelay(): NodeFunction {
    const { names } = this.#deployment;
    const relay = deployedFunction(this, this.#deployment, {
      lambda: 'console-relay',
      name: names.platformFunction('console-relay'),
      description: "Pairs a browser's terminal in Odoo with a PBX's, hands their frames on.",
      timeout: relayWithin,
      environment: { SESSIONS_TABLE: names.sessionsTable },
    });
    relay.allow({
      sid: 'KeepSessions',
      actions: ['dynamodb:DeleteItem', 'dynamodb:GetItem', 'dynamodb:PutItem', 'dynamodb:UpdateItem'],
      resources: [this.#arns.sessionsTable],
    });
    relay.allow({
      sid: 'FindSessionsThatAreOver',
      actions: ['dynamodb:Query'],
      resources: [this.#arns.index(names.sessionsTable, openSessionsIndex)],
    });
    return relay;
  }

  #enrollAgent(): NodeFunction {
    const { names } = this.#deployment;
    const enrollAgent = deployedFunction(this, this.#deployment, {
      lambda: 'enroll-agent',
      name: names.platformFunction('enroll-agent'),
      description: "Turns a one-time code and a CSR into a PBX's certificate.",
      timeout: answerWithin,
      environment: {
        PBX_TABLE: names.pbxTable,
        IOT_POLICY: names.iotPolicy,
        ROLE_ALIAS: names.roleAlias,
        BUS: names.bus,
        JOB_QUEUE_URL_BASE: this.#arns.jobQueueUrlBase,
      },
    });
    enrollAgent.allow({
      sid: 'RedeemCodes',
      actions: ['dynamodb:DeleteItem', 'dynamodb:UpdateItem'],
      resources: [this.#arns.pbxTable],
    });
    enrollAgent.allow({
      sid: 'FindFormerCertificates',
      actions: ['iot:ListThingPrincipals'],
      resources: [this.#arns.thing('*')],
    });
    enrollAgent.allow({
      sid: 'ManageCertificates',
      actions: ['iot:AttachPolicy', 'iot:DeleteCertificate', 'iot:DetachPolicy', 'iot:UpdateCertificate'],
      resources: [this.#arns.certificate('*')],
    });
    // AWS IoT knows no resources for these.
    enrollAgent.allow({
      sid: 'MakeCertificates',
      actions: [
        'iot:AttachThingPrincipal',
        'iot:CreateCertificateFromCsr',
        'iot:DescribeEndpoint',
        'iot:DetachThingPrincipal',
      ],
      resources: ['*'],
    });
    return enrollAgent;
  }
}

/** By PBX; only those that have one. */
function webhooksOf(fleet: Fleet): Record<string, WebhookConfig> {
  return Object.fromEntries(
    pbxIdsOf(fleet).flatMap((pbx) => {
      const webhook = fleet.tenants[tenantOf(pbx)]?.pbxs[pbxNameOf(pbx)]?.webhook;
      return webhook ? [[pbx, webhook]] : [];
    }),
  );
}
