import { Duration, RemovalPolicy, Stack, type StackProps } from 'aws-cdk-lib';
import { EventBus, Match, Rule, Schedule } from 'aws-cdk-lib/aws-events';
import { LambdaFunction } from 'aws-cdk-lib/aws-events-targets';
import type { Construct } from 'constructs';
import { agentStatusDetailType } from '../core/contracts/agent-status.ts';
import { amiBatchDetailType } from '../core/contracts/ami-batch.ts';
import { jobResultDetailType } from '../core/contracts/job-result.ts';
import { sourceOf } from '../core/contracts/names.ts';
import { AgentAccess } from './constructs/agent-access.ts';
import { AlarmTopic } from './constructs/alarm-topic.ts';
import { Alarms } from './constructs/alarms.ts';
import { PlatformDashboard } from './constructs/platform-dashboard.ts';
import { PlatformTables, lastSeenIndex, overdueIndex } from './constructs/platform-tables.ts';
import { WorkedQueue } from './constructs/worked-queue.ts';
import { deployedFunction } from './deployed-function.ts';
import type { Deployment } from './deployment.ts';
import { type ResourceArns, resourceArns } from './resource-arns.ts';

const sweepPeriod = Duration.minutes(1);
/** A status is taken for what is so now; older ones say nothing. */
const statusAge = Duration.minutes(5);

/** What all tenants share: the bus, the agents' role, the tables, the functions that serve nobody in particular. */
export class PlatformStack extends Stack {
  readonly tables: PlatformTables;
  readonly #deployment: Deployment;
  readonly #arns: ResourceArns;

  constructor(scope: Construct, id: string, deployment: Deployment, props: StackProps) {
    super(scope, id, { ...props, terminationProtection: true });
    this.#deployment = deployment;
    const { fleet, names } = deployment;
    this.#arns = resourceArns(this, names);

    const bus = this.#bus();
    new AgentAccess(this, 'Agents', names);
    this.tables = new PlatformTables(this, 'Tables', names);
    const topicName = names.alarmsTopic;
    const email = fleet.platform.alarmEmail;
    new AlarmTopic(this, 'AlarmTopic', { topicName, alarmPrefix: names.alarmPrefix, email });
    const alarms = new Alarms(this, 'Alarms', {
      prefix: names.alarmPrefix,
      topicArn: this.#arns.alarmsTopic,
    });
    this.#agentStatus(bus, alarms);
    this.#sweep(alarms);
    new PlatformDashboard(this, 'Dashboard', names);
  }

  #bus(): EventBus {
    const { fleet, names } = this.#deployment;
    const bus = new EventBus(this, 'Bus', {
      eventBusName: names.bus,
      description: 'Events, results and statuses of the PBXs.',
    });
    const archive = bus.archive('Archive', {
      archiveName: names.archive,
      description: 'For odoopbx replay. Without statuses: an old one would be no news.',
      eventPattern: {
        source: Match.prefix(sourceOf('')),
        detailType: [amiBatchDetailType, jobResultDetailType],
      },
      retention: Duration.days(fleet.platform.archiveDays),
    });
    archive.applyRemovalPolicy(RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE);
    // An archive has a rule of AWS's own on its bus, which can then not be deleted: one stays with the other.
    bus.applyRemovalPolicy(RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE);
    return bus;
  }

  #agentStatus(bus: EventBus, alarms: Alarms): void {
    const { names } = this.#deployment;
    const undelivered = new WorkedQueue(this, 'UndeliveredStatuses', {
      name: names.undeliveredStatus,
      retention: Duration.days(4),
      visibility: Duration.seconds(30),
      // The next status, a minute later, says it all again.
      kept: false,
    });
    const agentStatus = deployedFunction(this, this.#deployment, {
      lambda: 'agent-status',
      name: names.platformFunction('agent-status'),
      description: 'Keeps what the agents report.',
      timeout: Duration.seconds(15),
      environment: { PBX_TABLE: names.pbxTable },
      deadLetters: undelivered.queue,
    });
    // Lambda tries for 6 hours where nobody says otherwise: a PBX that is long gone would then be heard of.
    agentStatus.lambda.configureAsyncInvoke({ maxEventAge: statusAge });
    agentStatus.allow({
      sid: 'KeepStatuses',
      actions: ['dynamodb:GetItem', 'dynamodb:UpdateItem'],
      resources: [this.#arns.pbxTable],
    });
    new Rule(this, 'AgentStatusRule', {
      ruleName: names.platformFunction('agent-status'),
      description: 'Every status to agent-status.',
      eventBus: bus,
      eventPattern: { source: Match.prefix(sourceOf('')), detailType: [agentStatusDetailType] },
      targets: [
        new LambdaFunction(agentStatus.lambda, {
          retryAttempts: 5,
          maxEventAge: statusAge,
          deadLetterQueue: undelivered.queue,
        }),
      ],
    });
    undelivered.alarmWhenNotEmpty(alarms, 'agent-status-undelivered');
    alarms.add('agent-status-errors', {
      metric: agentStatus.lambda.metricErrors(),
      above: 0,
      description: 'agent-status fails: the platform does not know which PBXs are there.',
    });
    alarms.add('agent-status-throttles', {
      metric: agentStatus.lambda.metricThrottles(),
      above: 0,
      description: 'agent-status is throttled: the account has too few concurrent executions.',
    });
  }

  #sweep(alarms: Alarms): void {
    const { names } = this.#deployment;
    const sweep = deployedFunction(this, this.#deployment, {
      lambda: 'sweep',
      name: names.platformFunction('sweep'),
      description: 'Expires the jobs of PBXs that never came back, counts silent agents.',
      // Less than its period: two at once would do the same work.
      timeout: Duration.seconds(50),
      environment: { JOBS_TABLE: names.jobsTable, PBX_TABLE: names.pbxTable, BUS: names.bus },
    });
    sweep.allow({
      sid: 'FindOverdueJobsAndSilentPbxs',
      actions: ['dynamodb:Query'],
      resources: [
        this.#arns.index(names.jobsTable, overdueIndex),
        this.#arns.index(names.pbxTable, lastSeenIndex),
      ],
    });
    sweep.allow({
      sid: 'CloseJobs',
      actions: ['dynamodb:UpdateItem'],
      resources: [this.#arns.jobsTable],
    });
    sweep.allow({
      sid: 'PutResultsOfExpiredJobs',
      actions: ['events:PutEvents'],
      resources: [this.#arns.bus],
      conditions: {
        'ForAllValues:StringLike': { 'events:source': sourceOf('*') },
        'ForAllValues:StringEquals': { 'events:detail-type': jobResultDetailType },
        Null: { 'events:source': 'false', 'events:detail-type': 'false' },
      },
    });
    new Rule(this, 'SweepRule', {
      ruleName: names.platformFunction('sweep'),
      description: 'Runs sweep.',
      schedule: Schedule.rate(sweepPeriod),
      // A run that failed is made up for by the next one.
      targets: [new LambdaFunction(sweep.lambda, { retryAttempts: 0, maxEventAge: sweepPeriod })],
    });
    sweep.lambda.configureAsyncInvoke({ retryAttempts: 0, maxEventAge: sweepPeriod });
    alarms.add('sweep-errors', {
      metric: sweep.lambda.metricErrors(),
      above: 0,
      periods: 2,
      description: 'sweep fails: jobs do not expire and nobody notices silent PBXs.',
    });
    alarms.add('sweep-missing', {
      metric: sweep.lambda.metricInvocations(),
      below: 1,
      alsoWhenMissing: true,
      description: 'sweep does not run.',
    });
  }
}
