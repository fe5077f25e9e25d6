import { join } from 'node:path';
import { Duration, Stack, type StackProps } from 'aws-cdk-lib';
import { Metric } from 'aws-cdk-lib/aws-cloudwatch';
import { EventBus, Match, Rule } from 'aws-cdk-lib/aws-events';
import { SqsQueue } from 'aws-cdk-lib/aws-events-targets';
import { EventSourceMapping } from 'aws-cdk-lib/aws-lambda';
import type { Construct } from 'constructs';
import { sourceOf } from '../core/contracts/names.ts';
import type { FleetTenant } from '../core/fleet/fleet.ts';
import { Alarms } from './constructs/alarms.ts';
import { FleetFileLayer } from './constructs/fleet-file-layer.ts';
import type { NodeFunction } from './constructs/node-function.ts';
import { PbxIdentity } from './constructs/pbx-identity.ts';
import { WorkedQueue } from './constructs/worked-queue.ts';
import { deployedFunction } from './deployed-function.ts';
import type { Deployment } from './deployment.ts';
import { type ResourceArns, resourceArns } from './resource-arns.ts';
import { inboxVisibility, longestRetention, routeEventsTimeout } from './times.ts';
import { odooSettingOf } from './odoo-setting.ts';

export interface TenantStackProps extends StackProps {
  readonly tenant: string;
}

/** One customer: the inbox of its Odoo, the function that empties it, its PBXs. */
export class TenantStack extends Stack {
  readonly #deployment: Deployment;
  readonly tenant: string;
  readonly #settings: FleetTenant;
  readonly #arns: ResourceArns;

  constructor(scope: Construct, id: string, deployment: Deployment, { tenant, ...props }: TenantStackProps) {
    super(scope, id, props);
    const settings = deployment.fleet.tenants[tenant];
    if (settings === undefined) throw new Error(`no tenant ${tenant}`);
    this.#deployment = deployment;
    this.tenant = tenant;
    this.#settings = settings;
    const { names } = deployment;
    this.#arns = resourceArns(this, names);

    const inbox = this.#keptQueue('Inbox', names.inbox(tenant), inboxVisibility(settings.odoo));
    const parked = this.#keptQueue('Parked', names.parked(tenant));
    const undelivered = this.#keptQueue('Undelivered', names.undelivered(tenant));
    this.#inboxRule(inbox, undelivered);
    const routeEvents = this.#routeEvents(inbox, parked);
    for (const name of Object.keys(settings.pbxs)) {
      new PbxIdentity(this, `Pbx-${name}`, { pbx: `${tenant}_${name}`, names });
    }
    this.#alarms(inbox, parked, undelivered, routeEvents);
  }

  #keptQueue(id: string, name: string, visibility = Duration.seconds(30)): WorkedQueue {
    return new WorkedQueue(this, id, { name, retention: longestRetention, visibility, kept: true });
  }

  #inboxRule(inbox: WorkedQueue, undelivered: WorkedQueue): void {
    const { names } = this.#deployment;
    const tenant = this.tenant;
    new Rule(this, 'InboxRule', {
      ruleName: names.inboxRule(tenant),
      description: `What the PBXs of ${tenant} say, to the inbox of ${tenant}.`,
      eventBus: EventBus.fromEventBusName(this, 'Bus', names.bus),
      // No name holds "_", so this is no beginning of another tenant's.
      eventPattern: { source: Match.prefix(sourceOf(`${tenant}_`)) },
      targets: [
        new SqsQueue(inbox.queue, {
          messageGroupId: tenant,
          deadLetterQueue: undelivered.queue,
          retryAttempts: 185,
          maxEventAge: Duration.hours(24),
        }),
      ],
    });
  }

  #routeEvents(inbox: WorkedQueue, parked: WorkedQueue): NodeFunction {
    const { names } = this.#deployment;
    const tenant = this.tenant;
    const { odoo, pbxs, rules } = this.#settings;
    const file = this.#rulesFile(rules);
    const routeEvents = deployedFunction(this, this.#deployment, {
      lambda: 'route-events',
      name: names.routeEvents(tenant),
      description: `Brings what is in the inbox of ${tenant} to its Odoo.`,
      timeout: routeEventsTimeout(odoo),
      environment: {
        TENANT: tenant,
        JOBS_TABLE: names.jobsTable,
        PBX_TABLE: names.pbxTable,
        JOB_QUEUE_URL_BASE: this.#arns.jobQueueUrlBase,
        INBOX_URL: inbox.queue.queueUrl,
        PARKED_URL: parked.queue.queueUrl,
        ODOO: odooSettingOf(tenant, this.#settings),
        ...file?.environment,
      },
      ...(file && { layers: [file.layer] }),
    });
    routeEvents.allow({
      sid: 'WorkOnInbox',
      actions: [
        'sqs:ReceiveMessage',
        'sqs:DeleteMessage',
        'sqs:ChangeMessageVisibility',
        'sqs:GetQueueAttributes',
      ],
      resources: [inbox.queue.queueArn],
    });
    routeEvents.allow({ sid: 'Park', actions: ['sqs:SendMessage'], resources: [parked.queue.queueArn] });
    routeEvents.allow({
      sid: 'SendJobsToOwnPbxs',
      actions: ['sqs:SendMessage'],
      resources: [this.#arns.queue(names.jobQueue(`${tenant}_*`))],
    });
    const ownRows = {
      // ForAllValues is also true of no value at all: hence Null.
      'ForAllValues:StringLike': { 'dynamodb:LeadingKeys': `${tenant}_*` },
      Null: { 'dynamodb:LeadingKeys': 'false' },
    };
    routeEvents.allow({
      sid: 'OwnJobs',
      actions: ['dynamodb:GetItem', 'dynamodb:PutItem', 'dynamodb:UpdateItem'],
      resources: [this.#arns.jobsTable],
      conditions: ownRows,
    });
    routeEvents.allow({
      sid: 'OwnPbxs',
      actions: ['dynamodb:GetItem', 'dynamodb:UpdateItem'],
      resources: [this.#arns.pbxTable],
      conditions: ownRows,
    });
    const ownLogins = Object.values(pbxs).some((pbx) => pbx.odoo !== undefined);
    routeEvents.allow({
      sid: 'ReadOwnSecrets',
      actions: ['ssm:GetParameter'],
      resources: [names.odooSecret(tenant), ...(ownLogins ? [names.odooSecret(tenant, '*')] : [])].map(
        (path) => this.#arns.parameter(path),
      ),
    });
    new EventSourceMapping(this, 'InboxToRouteEvents', {
      target: routeEvents.lambda,
      eventSourceArn: inbox.queue.queueArn,
      batchSize: 10,
      reportBatchItemFailures: true,
    });
    return routeEvents;
  }

  #rulesFile(rules: FleetTenant['rules']): FleetFileLayer | undefined {
    if (rules === undefined) return undefined;
    const name = `${this.#deployment.names.routeEvents(this.tenant)}-rules`;
    const folder = join(this.#deployment.fleetFilesFolder, this.tenant);
    return new FleetFileLayer(this, 'Rules', { name, content: { rules }, folder });
  }

  #alarms(inbox: WorkedQueue, parked: WorkedQueue, undelivered: WorkedQueue, route: NodeFunction): void {
    const { fleet, names } = this.#deployment;
    const tenant = this.tenant;
    const prefix = names.tenantStack(tenant);
    const alarms = new Alarms(this, 'Alarms', { prefix, topicArn: this.#arns.alarmsTopic });
    inbox.alarmWhenOlderThan(Duration.minutes(15), alarms, 'inbox-age');
    parked.alarmWhenNotEmpty(alarms, 'parked');
    undelivered.alarmWhenNotEmpty(alarms, 'undelivered');
    alarms.add('errors', {
      metric: route.lambda.metricErrors(),
      above: 0,
      description: `route-events of ${tenant} fails or takes too long; what it had in hand comes again.`,
    });
    alarms.add('throttles', {
      metric: route.lambda.metricThrottles(),
      above: 0,
      description: `route-events of ${tenant} is throttled: the account has too few concurrent executions.`,
    });
    alarms.add('agents-silent', {
      metric: new Metric({
        namespace: 'OdooPBX',
        metricName: 'AgentsSilent',
        dimensionsMap: { platform: fleet.platform.name, tenant },
        statistic: 'Maximum',
        period: Duration.minutes(1),
      }),
      above: 0,
      periods: 2,
      description: `PBXs of ${tenant} were not heard of for over 3 minutes.`,
    });
  }
}
