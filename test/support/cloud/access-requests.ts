import type { AccessRequest } from './iam-policy.ts';

/** A call to AWS as it came in over HTTP. */
export interface AwsCall {
  /** From the signature's scope. */
  readonly service: string;
  readonly region: string;
  readonly method: string;
  readonly path: string;
  /** `PutEvents`, `SendMessageBatch`, …; a REST call has its method and path instead. */
  readonly operation: string;
  /** Of the JSON protocols; empty otherwise. */
  readonly input: Readonly<Record<string, unknown>>;
}

const account = '123456789012';

/**
 * What IAM would check of a call: action, resource and the condition keys that our policies use.
 * https://docs.aws.amazon.com/service-authorization/latest/reference/
 */
export function accessRequestsOf(call: AwsCall): AccessRequest[] {
  const arn = (service: string, rest: string) => `arn:aws:${service}:${call.region}:${account}:${rest}`;
  const { input, operation } = call;
  switch (call.service) {
    case 'events':
      return putEvents(call, arn);
    case 'sqs': {
      const name = (input['QueueUrl'] as string).split('/').at(-1) ?? '';
      // A batch is allowed by the action of a single message.
      const action = `sqs:${operation.replace(/Batch$/, '')}`;
      return [{ action, resource: arn('sqs', name), context: {} }];
    }
    case 'dynamodb':
      return dynamodb(call, arn);
    case 'ssm': {
      const names = (input['Names'] as string[] | undefined) ?? [input['Name'] as string];
      return names.map((name) => ({
        action: `ssm:${operation}`,
        resource: arn('ssm', `parameter${name.startsWith('/') ? '' : '/'}${name}`),
        context: {},
      }));
    }
    case 'iot':
    case 'execute-api':
      return iot(call, arn);
    default:
      throw new Error(`${call.service}:${operation} is not known to this test`);
  }
}

function putEvents({ operation, input }: AwsCall, arn: (service: string, rest: string) => string) {
  const entries = (input['Entries'] ?? []) as { EventBusName?: string; Source: string; DetailType: string }[];
  const buses = new Set(entries.map(({ EventBusName }) => EventBusName ?? 'default'));
  return [...buses].map((bus) => {
    const own = entries.filter(({ EventBusName }) => (EventBusName ?? 'default') === bus);
    return {
      action: `events:${operation}`,
      resource: bus.startsWith('arn:') ? bus : arn('events', `event-bus/${bus}`),
      context: {
        'events:source': own.map(({ Source }) => Source),
        'events:detail-type': own.map(({ DetailType }) => DetailType),
      },
    };
  });
}

type Key = Record<string, { S?: string; N?: string }>;
interface DynamodbInput {
  TableName?: string;
  IndexName?: string;
  Key?: Key;
  Item?: Key;
  TransactItems?: Record<string, DynamodbInput>[];
  RequestItems?: Record<
    string,
    { Keys?: Key[] } | { PutRequest?: { Item: Key }; DeleteRequest?: { Key: Key } }[]
  >;
  KeyConditionExpression?: string;
  ExpressionAttributeNames?: Record<string, string>;
  ExpressionAttributeValues?: Key;
}

/** The partition key of our tables: of the jobs `pbx`, of all others `id`. */
const partitionOf = (table: string): string => (table.endsWith('-jobs') ? 'pbx' : 'id');

const transactActions: Readonly<Record<string, string>> = {
  Put: 'PutItem',
  Update: 'UpdateItem',
  Delete: 'DeleteItem',
  Get: 'GetItem',
  ConditionCheck: 'ConditionCheckItem',
};

function dynamodb(
  { operation, input: raw }: AwsCall,
  arn: (service: string, rest: string) => string,
): AccessRequest[] {
  const input = raw as DynamodbInput;
  const one = (
    action: string,
    part: DynamodbInput,
    keys: readonly (string | undefined)[],
  ): AccessRequest => ({
    action: `dynamodb:${action}`,
    resource: arn('dynamodb', `table/${part.TableName}${part.IndexName ? `/index/${part.IndexName}` : ''}`),
    context: keys.length === 0 ? {} : { 'dynamodb:LeadingKeys': keys.map(String) },
  });
  const keyOf = (part: DynamodbInput) => [(part.Key ?? part.Item)?.[partitionOf(part.TableName ?? '')]?.S];
  if (operation === 'TransactWriteItems' || operation === 'TransactGetItems') {
    return (input.TransactItems ?? []).flatMap((item) =>
      Object.entries(item).map(([kind, part]) => one(transactActions[kind]!, part, keyOf(part))),
    );
  }
  if (operation === 'BatchGetItem' || operation === 'BatchWriteItem') {
    return Object.entries(input.RequestItems ?? {}).map(([table, items]) => {
      const keys = Array.isArray(items)
        ? items.map(({ PutRequest, DeleteRequest }) => PutRequest?.Item ?? DeleteRequest?.Key)
        : (items.Keys ?? []);
      return one(
        operation,
        { TableName: table },
        keys.map((key) => key?.[partitionOf(table)]?.S),
      );
    });
  }
  if (operation === 'Query') return [one(operation, input, [queriedPartition(input)])];
  if (operation === 'Scan') return [one(operation, input, [])];
  return [one(operation, input, keyOf(input))];
}

/** Of `pk = :value` or `#pk = :value`, the first equality of the expression. */
function queriedPartition(input: DynamodbInput): string | undefined {
  const value = /=\s*(:\w+)/.exec(input.KeyConditionExpression ?? '')?.[1];
  return value === undefined ? undefined : input.ExpressionAttributeValues?.[value]?.S;
}

const iotOperations: readonly [RegExp, string, (path: string) => string][] = [
  [/^POST \/certificates(\?|$)/, 'CreateCertificateFromCsr', () => '*'],
  [/^GET \/endpoint/, 'DescribeEndpoint', () => '*'],
  [/^PUT \/things\/[^/]+\/principals$/, 'AttachThingPrincipal', () => '*'],
  [/^DELETE \/things\/[^/]+\/principals$/, 'DetachThingPrincipal', () => '*'],
  [/^GET \/things\/[^/]+\/principals/, 'ListThingPrincipals', (path) => `thing/${path.split('/')[2]}`],
  [/^GET \/things\/[^/]+$/, 'DescribeThing', (path) => `thing/${path.split('/')[2]}`],
  [/^PUT \/target-policies\//, 'AttachPolicy', () => 'cert/*'],
  [/^POST \/target-policies\//, 'DetachPolicy', () => 'cert/*'],
  [/^PUT \/certificates\//, 'UpdateCertificate', (path) => `cert/${path.split('/')[2]?.split('?')[0]}`],
  [/^DELETE \/certificates\//, 'DeleteCertificate', (path) => `cert/${path.split('/')[2]?.split('?')[0]}`],
];

function iot({ method, path }: AwsCall, arn: (service: string, rest: string) => string): AccessRequest[] {
  const found = iotOperations.find(([pattern]) => pattern.test(`${method} ${path}`));
  if (found === undefined) throw new Error(`iot: ${method} ${path} is not known to this test`);
  const rest = found[2](decodeURIComponent(path));
  return [{ action: `iot:${found[1]}`, resource: rest === '*' ? '*' : arn('iot', rest), context: {} }];
}
