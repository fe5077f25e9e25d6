import { AwsFault, type AwsInput } from './aws-stub.ts';

type Row = Record<string, unknown>;

/**
 * As much of DynamoDB as our functions use on rows of which they know the key: whole rows in and out, SET and REMOVE
 * of attributes, `attribute_exists`, `attribute_not_exists` and comparisons joined by AND, queries of an index by its
 * partition. (The contract tests run on moto.)
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
      case 'DeleteItem': {
        const key = keyOf(input['TableName'], input['Key'] as Row);
        const Attributes = this.rows.get(key);
        this.rows.delete(key);
        return Attributes !== undefined && input['ReturnValues'] === 'ALL_OLD' ? { Attributes } : {};
      }
      case 'Query': {
        const start = `[${JSON.stringify(input['TableName'])},`;
        const ofTable = [...this.rows].filter(([key]) => key.startsWith(start)).map(([, row]) => row);
        const condition = input['KeyConditionExpression'] as string;
        return { Items: ofTable.filter((row) => comparesAs(condition, input, row)) };
      }
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
    if (!this.holds(input, before)) {
      const wantsItem = before !== undefined && 'ReturnValuesOnConditionCheckFailure' in input;
      return new AwsFault('ConditionalCheckFailedException', 400, wantsItem ? { Item: before } : {});
    }
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
    if (input['ReturnValues'] === 'ALL_NEW') return { Attributes: after };
    return before === undefined ? {} : { Attributes: before };
  }

  holds(input: AwsInput, row: Row | undefined): boolean {
    const condition = (input['ConditionExpression'] ?? '') as string;
    const exist = [...condition.matchAll(/attribute_(not_)?exists\(([^)]*)\)(?! OR)/g)].every(
      ([, not, name = '']) => (row?.[attributeOf(name, input)] === undefined) === (not !== undefined),
    );
    return exist && (condition.includes(' OR ') || comparesAs(condition, input, row));
  }
}

/** Whether the row's attributes compare with the values as each `name = :value` (or `<`, `>`) in the text says. */
function comparesAs(text: string, input: AwsInput, row: Row | undefined): boolean {
  const values = (input['ExpressionAttributeValues'] ?? {}) as Record<string, Row>;
  return [...text.matchAll(/([#\w]+) ([<=>]) (:\w+)/g)].every(([, name = '', sign, value = '']) => {
    const [a, b] = [row?.[attributeOf(name, input)] as Row | undefined, values[value]].map(plainOf);
    if (a === undefined || b === undefined) return false;
    return sign === '=' ? a === b : sign === '<' ? a < b : a > b;
  });
}

function plainOf(value: Row | undefined): string | number | undefined {
  return value?.['N'] === undefined ? value && JSON.stringify(value) : Number(value['N']);
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
