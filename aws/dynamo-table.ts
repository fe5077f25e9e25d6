import {
  ConditionalCheckFailedException,
  TransactionCanceledException,
  type DynamoDBClient,
} from '@aws-sdk/client-dynamodb';

export interface DynamoTable {
  readonly client: DynamoDBClient;
  /** The table's name. */
  readonly table: string;
}

export function isConditionFailed(error: unknown): error is ConditionalCheckFailedException {
  return error instanceof ConditionalCheckFailedException;
}

const attempts = 6;

/**
 * Does a transaction that may collide with another one on the same rows: again after a collision (DynamoDB cancels
 * one of the two). `work` reads afresh what it writes by. False when a condition of its own failed.
 */
export async function transact(work: () => Promise<void>): Promise<boolean> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      await work();
      return true;
    } catch (error) {
      if (!(error instanceof TransactionCanceledException)) throw error;
      const codes = new Set((error.CancellationReasons ?? []).map(({ Code }) => Code));
      if (codes.has('ConditionalCheckFailed')) return false;
      if (attempt === attempts || !codes.has('TransactionConflict')) throw error;
      await new Promise((resolve) => void setTimeout(resolve, Math.random() * 20 * 2 ** attempt));
    }
  }
}
