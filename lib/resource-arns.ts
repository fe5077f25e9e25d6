import { ArnFormat, type Stack } from 'aws-cdk-lib';
import type { ResourceNames } from '../core/fleet/resource-names.ts';

export type ResourceArns = ReturnType<typeof resourceArns>;

/** ARNs of the platform's resources by their names: a stack refers to another one's without exports. */
export function resourceArns(stack: Stack, names: ResourceNames) {
  const arn = (service: string, resource: string, resourceName: string): string =>
    stack.formatArn({ service, resource, resourceName });
  const bare = (service: string, resource: string): string =>
    stack.formatArn({ service, resource, arnFormat: ArnFormat.NO_RESOURCE_NAME });
  const table = (name: string): string => arn('dynamodb', 'table', name);
  return {
    bus: arn('events', 'event-bus', names.bus),
    alarmsTopic: bare('sns', names.alarmsTopic),
    jobsTable: table(names.jobsTable),
    pbxTable: table(names.pbxTable),
    sessionsTable: table(names.sessionsTable),
    index: (tableName: string, index: string) => table(`${tableName}/index/${index}`),
    queue: (name: string) => bare('sqs', name),
    /** `path` begins with a slash. */
    parameter: (path: string) => arn('ssm', 'parameter', path.slice(1)),
    thing: (name: string) => arn('iot', 'thing', name),
    certificate: (id: string) => arn('iot', 'cert', id),
    /** What comes before a PBX's id in the URL of its job queue. */
    jobQueueUrlBase: `https://sqs.${stack.region}.${stack.urlSuffix}/${stack.account}/${names.jobQueue('')}`,
  };
}
