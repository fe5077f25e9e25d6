import { describe, expect, it } from 'vitest';
import { accessRequestsOf } from '#test/support/cloud/access-requests.ts';
import { type Statement, isAllowed } from '#test/support/cloud/iam-policy.ts';

const account = 'arn:aws:sqs:eu-central-1:123456789012';
const own: Statement = {
  Effect: 'Allow',
  Action: ['sqs:ReceiveMessage', 'sqs:Delete*'],
  Resource: `${account}:jobs-\${thing}`,
};

describe('the policies that the end-to-end tests enforce', () => {
  const ask = (action: string, queue: string, statements = [own]) =>
    isAllowed(statements, { action, resource: `${account}:${queue}`, context: {} }, { thing: 'acme_hq' });

  it('allow what a statement names, with its variables filled in, and nothing else', () => {
    expect(ask('sqs:ReceiveMessage', 'jobs-acme_hq')).toBe(true);
    expect(ask('sqs:DeleteMessage', 'jobs-acme_hq')).toBe(true);
    expect(ask('sqs:SendMessage', 'jobs-acme_hq')).toBe(false);
    expect(ask('sqs:ReceiveMessage', 'jobs-acme_hq2')).toBe(false);
    expect(ask('sqs:ReceiveMessage', 'jobs-')).toBe(false);
  });

  it('match nothing by a variable that is not there', () => {
    const request = { action: 'sqs:ReceiveMessage', resource: `${account}:jobs-`, context: {} };
    expect(isAllowed([own], request)).toBe(false);
  });

  it('let a denial win', () => {
    const deny: Statement = { Effect: 'Deny', Action: 'sqs:*', Resource: '*' };
    expect(ask('sqs:ReceiveMessage', 'jobs-acme_hq', [own, deny])).toBe(false);
  });

  it('refuse a condition that they do not know, aloud', () => {
    const Condition = { NumericLessThan: { 'aws:x': '1' } };
    expect(() => ask('sqs:ReceiveMessage', 'jobs-acme_hq', [{ ...own, Condition }])).toThrow(
      /NumericLessThan/,
    );
  });

  it('hold every value of a list key to the condition, and Null against there being none', () => {
    const statement: Statement = {
      Effect: 'Allow',
      Action: 'events:PutEvents',
      Resource: '*',
      Condition: {
        'ForAllValues:StringEquals': { 'events:source': 'pbx.acme_hq' },
        Null: { 'events:source': 'false' },
      },
    };
    const put = (...sources: string[]) => {
      const Entries = sources.map((Source) => ({ EventBusName: 'bus', Source, DetailType: 'x' }));
      const [request] = accessRequestsOf({
        service: 'events',
        region: 'eu-central-1',
        method: 'POST',
        path: '/',
        operation: 'PutEvents',
        input: { Entries },
      });
      return isAllowed([statement], request!);
    };
    expect(put('pbx.acme_hq', 'pbx.acme_hq')).toBe(true);
    expect(put('pbx.acme_hq', 'pbx.other_hq')).toBe(false);
    const none = { action: 'events:PutEvents', resource: 'arn', context: {} };
    expect(isAllowed([statement], none)).toBe(false);
  });
});

describe('what IAM is asked of a call to DynamoDB', () => {
  const keysOf = (operation: string, input: object) =>
    accessRequestsOf({
      service: 'dynamodb',
      region: 'eu-central-1',
      method: 'POST',
      path: '/',
      operation,
      input: input as Record<string, unknown>,
    }).map(({ action, resource, context }) => [
      action,
      resource.split(':').at(-1),
      context['dynamodb:LeadingKeys'],
    ]);

  it('names the partition keys of single rows, transactions and queries', () => {
    const Key = { pbx: { S: 'acme_hq' }, id: { S: 'job' } };
    expect(keysOf('GetItem', { TableName: 'x-jobs', Key })).toEqual([
      ['dynamodb:GetItem', 'table/x-jobs', ['acme_hq']],
    ]);
    const TransactItems = [
      { Delete: { TableName: 'x-pbx', Key: { id: { S: 'code#1' } } } },
      { Update: { TableName: 'x-pbx', Key: { id: { S: 'acme_hq' } } } },
    ];
    expect(keysOf('TransactWriteItems', { TransactItems })).toEqual([
      ['dynamodb:DeleteItem', 'table/x-pbx', ['code#1']],
      ['dynamodb:UpdateItem', 'table/x-pbx', ['acme_hq']],
    ]);
    const query = { KeyConditionExpression: 'kind = :k', ExpressionAttributeValues: { ':k': { S: 'pbx' } } };
    expect(keysOf('Query', { TableName: 'x-pbx', IndexName: 'by-last-seen', ...query })).toEqual([
      ['dynamodb:Query', 'table/x-pbx/index/by-last-seen', ['pbx']],
    ]);
    expect(keysOf('Scan', { TableName: 'x-pbx' })).toEqual([['dynamodb:Scan', 'table/x-pbx', undefined]]);
  });
});
