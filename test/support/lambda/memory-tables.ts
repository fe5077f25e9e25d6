import { AwsFault, type AwsInput } from './aws-stub.ts';

type Row = Record<string, unknown>;

/**
 * As much of DynamoDB as our functions use on rows of which they know the key: whole rows in and out, SET and REMOVE
 * of attributes, `attribute_exists` and `attribute_not_exists` joined by AND. (The contract tests run on moto.)
 */
export class MemoryTables {
  readonly rows = new Map<string, Row>();

  /** Undefined where the operation is none of DynamoDB. */
  answer(operation: string, input: AwsInput): object | undefined {
    if (!operation.startsWith('DynamoDB_')) return undefined;
    switch (operation.split('.')[1] ?? '') {
      case 'GetItem': {
        const Item = this.rows.get(keyOf(input['TableName'], input['Key'] as Row));
        return Item === undefined ? {} : { Item };
      }
      case 'PutItem':
        return this.put(input) ? {} : new AwsFault('ConditionalCheckFailedException');
      case 'TransactWriteItems': {
        const puts = (input['TransactItems'] as { Put: AwsInput }[]).map(({ Put }) => Put);
        const CancellationReasons = puts.map((put) => ({
          Code: this.holds(put, this.rows.get(keyOfItem(put))) ? 'None' : 'ConditionalCheckFailed',
        }));
        if (CancellationReasons.some(({ Code }) => Code !== 'None')) {
          return new AwsFault('TransactionCanceledException', 400, { CancellationReasons });
        }
        for (const put of puts) this.put(put);
        return {};
      }
      case 'UpdateItem':
        return this.update(input);
      default:
        return new AwsFault('UnknownOperationException');
    }
  }

  put(input: AwsInput): boolean {
    const key = keyOfItem(input);
    if (!this.holds(input, this.rows.get(key))) return false;
    this.rows.set(key, input['Item'] as Row);
    return true;
  }

  update(input: AwsInput): object {
    const key = keyOf(input['TableName'], input['Key'] as Row);
    const before = this.rows.get(key);
    if (!this.holds(input, before)) return new AwsFault('ConditionalCheckFailedException');
    const values = (input['ExpressionAttributeValues'] ?? {}) as Row;
    const after: Row = { ...(input['Key'] as Row), ...before };
    const [, set = '', remove = ''] =
      /^(?:SET (.*?))?(?: ?REMOVE (.*))?$/.exec(String(input['UpdateExpression'])) ?? [];
    for (const part of set.split(', ').filter(Boolean)) {
      const [name = '', value = ''] = part.split(' = ');
      after[attributeOf(name, input)] = values[value];
    }
    for (const name of remove.split(', ').filter(Boolean)) delete after[attributeOf(name, input)];
    this.rows.set(key, after);
    return before === undefined ? {} : { Attributes: before };
  }

  holds(input: AwsInput, row: Row | undefined): boolean {
    const condition = (input['ConditionExpression'] ?? '') as string;
    return [...condition.matchAll(/attribute_(not_)?exists\(([^)]*)\)(?! OR)/g)].every(
      ([, not, name = '']) => (row?.[attributeOf(name, input)] === undefined) === (not !== undefined),
    );
  }
}

function attributeOf(name: string, input: AwsInput): string {
  const names = (input['ExpressionAttributeNames'] ?? {}) as Record<string, string>;
  return names[name.trim()] ?? name.trim();
}

function keyOfItem(input: AwsInput): string {
  return keyOf(input['TableName'], input['Item'] as Row);
}

/** The table of jobs has its rows by PBX and id, the others by id. */
function keyOf(table: unknown, row: Row): string {
  const keys = String(table).endsWith('jobs') ? ['pbx', 'id'] : ['id'];
  return JSON.stringify([table, ...keys.map((name) => row[name])]);
}
