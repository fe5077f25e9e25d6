import { CloudFormationClient } from '@aws-sdk/client-cloudformation';
import { CloudWatchClient } from '@aws-sdk/client-cloudwatch';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { IoTClient } from '@aws-sdk/client-iot';
import { SQSClient } from '@aws-sdk/client-sqs';
import { SSMClient } from '@aws-sdk/client-ssm';
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { clientOptions, sqsClientOptions } from '#aws/client-options.ts';
import { OdoopbxError } from '#core/errors/odoopbx-error.ts';
import type { FleetPlatform } from '#core/fleet/fleet.ts';
import { resourceNames } from '#core/fleet/resource-names.ts';
import { cloudWatchAlarms } from './alarms.ts';
import { eventBridgeReplays } from './bus-replays.ts';
import type { Cloud } from './cloud.ts';
import { iotIdentities } from './identities.ts';
import { dynamoPbxTable } from './pbx-table.ts';
import { cloudWatchQueueAges } from './queue-ages.ts';
import { sqsQueues } from './queues.ts';
import { ssmSecrets } from './secrets.ts';
import { cloudFormationStacks } from './stacks.ts';
import { dynamoTables } from './tables.ts';

/** A person waits: longer than a function would, and through a spell of throttling. */
const patience = { requestMs: 20_000, connectMs: 5000, attempts: 6 };

/**
 * The account of the credentials at hand (the SDK's own chain: environment, profile, SSO, instance). Throws
 * AWS_WRONG_ACCOUNT where fleet.yaml names another account: nothing is done to a stranger's.
 */
export async function connectToAws(
  { name, region, account }: FleetPlatform,
  now: () => number,
): Promise<Cloud> {
  const options = { region, ...clientOptions(patience) };
  const identity = await new STSClient(options).send(new GetCallerIdentityCommand({}));
  const here = identity.Account ?? '';
  if (account !== undefined && account !== here) {
    throw new OdoopbxError(
      'AWS_WRONG_ACCOUNT',
      `these credentials belong to account ${here} (${identity.Arn ?? 'unknown'}), fleet.yaml says ${account}: choose the right profile with AWS_PROFILE`,
    );
  }
  const names = resourceNames(name);
  const dynamo = new DynamoDBClient(options);
  const cloudWatch = new CloudWatchClient(options);
  const sqs = new SQSClient({ region, ...sqsClientOptions(patience) });
  return {
    account: here,
    region,
    caller: identity.Arn ?? '',
    stacks: cloudFormationStacks(new CloudFormationClient(options)),
    queues: sqsQueues(sqs, (queue) => `https://sqs.${region}.${suffixOf(region)}/${here}/${queue}`),
    queueAges: cloudWatchQueueAges(cloudWatch, now),
    tables: dynamoTables(dynamo),
    ...dynamoPbxTable({ client: dynamo, table: names.pbxTable }, now),
    identities: iotIdentities(new IoTClient(options)),
    secrets: ssmSecrets(new SSMClient(options)),
    replays: eventBridgeReplays(new EventBridgeClient(options)),
    alarms: cloudWatchAlarms(cloudWatch),
  };
}

/** Of AWS's host names in the region's partition. */
function suffixOf(region: string): string {
  return region.startsWith('cn-') ? 'amazonaws.com.cn' : 'amazonaws.com';
}
