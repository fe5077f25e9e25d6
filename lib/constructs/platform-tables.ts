import { RemovalPolicy } from 'aws-cdk-lib';
import { type Attribute, AttributeType, BillingMode, ProjectionType, Table } from 'aws-cdk-lib/aws-dynamodb';
import { Construct } from 'constructs';
import type { ResourceNames } from '../../core/fleet/resource-names.ts';

const text = (name: string): Attribute => ({ name, type: AttributeType.STRING });
const number = (name: string): Attribute => ({ name, type: AttributeType.NUMBER });

const settings = {
  billingMode: BillingMode.PAY_PER_REQUEST,
  timeToLiveAttribute: 'ttl',
  // Kept when the stack goes, but not when its first deployment fails: then nothing was in it.
  removalPolicy: RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE,
};
const recoverable = { pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true } };

/**
 * `jobs`: what was asked of each PBX, with its callback, until the result is delivered.
 * `pbx`: a row per PBX (keys' hashes, pinned instance, status) and a row per API key and per enrolment code.
 * `sessions`: the console's sessions, their one-time tickets and connections. They live for hours; to restore old
 * ones would be wrong, so there is no recovery.
 */
export class PlatformTables extends Construct {
  constructor(scope: Construct, id: string, names: ResourceNames) {
    super(scope, id);
    const jobs = new Table(this, 'Jobs', {
      ...settings,
      ...recoverable,
      tableName: names.jobsTable,
      partitionKey: text('pbx'),
      sortKey: text('id'),
    });
    jobs.addGlobalSecondaryIndex({
      indexName: overdueIndex,
      partitionKey: text('open'),
      sortKey: number('expiresAt'),
      projectionType: ProjectionType.ALL,
    });
    const pbxs = new Table(this, 'Pbxs', {
      ...settings,
      ...recoverable,
      tableName: names.pbxTable,
      partitionKey: text('id'),
    });
    pbxs.addGlobalSecondaryIndex({
      indexName: lastSeenIndex,
      partitionKey: text('kind'),
      sortKey: number('lastSeen'),
      projectionType: ProjectionType.KEYS_ONLY,
    });
    const sessions = new Table(this, 'Sessions', {
      ...settings,
      tableName: names.sessionsTable,
      partitionKey: text('id'),
    });
    sessions.addGlobalSecondaryIndex({
      indexName: openSessionsIndex,
      partitionKey: text('open'),
      sortKey: number('createdAt'),
      projectionType: ProjectionType.ALL,
    });
  }
}

/** Of `jobs`: those without a delivered result, by their deadline. */
export const overdueIndex = 'overdue';
/** Of `pbx`: the PBXs by when they were last heard of. */
export const lastSeenIndex = 'by-last-seen';
/** Of `sessions`: the rows of sessions, without those of tickets and connections. */
export const openSessionsIndex = 'open-sessions';
