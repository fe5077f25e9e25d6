import {
  ConditionalCheckFailedException,
  GetItemCommand,
  TransactWriteItemsCommand,
  UpdateItemCommand,
  type TransactWriteItem,
} from '@aws-sdk/client-dynamodb';
import { marshall, unmarshall } from '@aws-sdk/util-dynamodb';
import { createHash, randomBytes, randomUUID } from 'node:crypto';
import type { PbxId } from '#core/contracts/names.ts';
import { isConditionFailed, transact, type DynamoTable } from './dynamo-table.ts';
import { pbxKind } from './pbx-rows.ts';

export interface EnrollmentCodesOptions extends DynamoTable {
  /** Unix milliseconds. */
  readonly now: () => number;
}

/** A code while one request works on it. */
export interface CodeClaim {
  readonly pbx: PbxId;
  readonly row: string;
  readonly token: string;
}

export type ClaimOutcome =
  | { outcome: 'claimed'; claim: CodeClaim }
  /** Unknown, used or expired: which of them is told to nobody. */
  | { outcome: 'refused' }
  /** Good, but another request is at work on it: told only to somebody who has the code. */
  | { outcome: 'busy' };

/**
 * One-time codes, kept as SHA-256. A PBX has one at most: a new one ends the old one. Redeeming goes in two steps,
 * so that an attempt that fails does not burn the code: `claim` holds it for a minute against everybody else, and
 * `redeem` ends it in the transaction that remembers the certificate. A claim that nobody ended lapses.
 */
export interface EnrollmentCodes {
  /** `code`: for eyes, `K7Q2M-…`; `expiresAt`: Unix seconds. Makes the PBX known if it was not. */
  make(pbx: PbxId, validSeconds: number): Promise<{ code: string; expiresAt: number }>;
  /** `code`: as enrollmentCodeSchema gives it. The same one request to the table, whatever the outcome. */
  claim(code: string): Promise<ClaimOutcome>;
  /** Gives the code back. */
  release(claim: CodeClaim): Promise<void>;
  /** False when the claim has lapsed and somebody else has the code. */
  redeem(claim: CodeClaim, certificateId: string): Promise<boolean>;
  /** Ends the PBX's code, if there is one. */
  revoke(pbx: PbxId): Promise<void>;
}

/** Longer than any request may take. */
const claimSeconds = 60;

export function createEnrollmentCodes({ client, table, now }: EnrollmentCodesOptions): EnrollmentCodes {
  async function openCode(pbx: PbxId): Promise<string | undefined> {
    const Key = marshall({ id: pbx });
    const { Item } = await client.send(new GetItemCommand({ TableName: table, Key, ConsistentRead: true }));
    return Item?.['openCode']?.S;
  }

  /**
   * Writes what `itemsFor` says of the PBX's open code, which holds only while that is still the open one; anew when
   * it changed meanwhile. Else two invitations at once would leave a code that nothing can end.
   */
  async function change(
    pbx: PbxId,
    itemsFor: (open: string | undefined) => readonly TransactWriteItem[],
  ): Promise<void> {
    for (let attempt = 1; attempt <= 5; attempt += 1) {
      const items = itemsFor(await openCode(pbx));
      if (items.length === 0) return;
      const written = await transact(async () => {
        await client.send(new TransactWriteItemsCommand({ TransactItems: [...items] }));
      });
      if (written) return;
    }
    throw new Error(`the enrolment code of ${pbx} changes all the time`);
  }

  const deleteRow = (row: string): TransactWriteItem => ({
    Delete: { TableName: table, Key: marshall({ id: row }) },
  });

  return {
    async make(pbx, validSeconds) {
      const letters = randomCode();
      const row = rowOf(letters);
      const expiresAt = Math.floor(now() / 1000) + validSeconds;
      await change(pbx, (former) => {
        const pbxRow: TransactWriteItem = {
          Update: {
            TableName: table,
            Key: marshall({ id: pbx }),
            UpdateExpression: 'SET openCode = :row, kind = if_not_exists(kind, :kind)',
            ConditionExpression:
              former === undefined ? 'attribute_not_exists(openCode)' : 'openCode = :former',
            ExpressionAttributeValues: marshall(
              { ':row': row, ':kind': pbxKind, ':former': former },
              { removeUndefinedValues: true },
            ),
          },
        };
        const codeRow: TransactWriteItem = {
          Put: { TableName: table, Item: marshall({ id: row, pbx, expiresAt, ttl: expiresAt }) },
        };
        return [pbxRow, codeRow, ...(former === undefined ? [] : [deleteRow(former)])];
      });
      return { code: letters.match(/.{1,5}/g)?.join('-') ?? letters, expiresAt };
    },

    async claim(code) {
      const row = rowOf(code);
      const seconds = now() / 1000;
      const token = randomUUID();
      try {
        const { Attributes } = await client.send(
          new UpdateItemCommand({
            TableName: table,
            Key: marshall({ id: row }),
            UpdateExpression: 'SET claimToken = :token, claimedUntil = :until',
            ConditionExpression:
              'attribute_exists(pbx) AND expiresAt > :now AND (attribute_not_exists(claimedUntil) OR claimedUntil < :now ' +
              // The SDK asks again after an answer that was lost.
              'OR claimToken = :token)',
            ExpressionAttributeValues: marshall({
              ':token': token,
              ':until': seconds + claimSeconds,
              ':now': seconds,
            }),
            ReturnValues: 'ALL_NEW',
            ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
          }),
        );
        const pbx = Attributes?.['pbx']?.S ?? '';
        return { outcome: 'claimed', claim: { pbx, row, token } };
      } catch (error) {
        if (!(error instanceof ConditionalCheckFailedException)) throw error;
        const held = error.Item === undefined ? undefined : unmarshall(error.Item);
        return { outcome: held !== undefined && Number(held['expiresAt']) > seconds ? 'busy' : 'refused' };
      }
    },

    async release({ row, token }) {
      try {
        await client.send(
          new UpdateItemCommand({
            TableName: table,
            Key: marshall({ id: row }),
            UpdateExpression: 'REMOVE claimToken, claimedUntil',
            ConditionExpression: 'claimToken = :token',
            ExpressionAttributeValues: marshall({ ':token': token }),
          }),
        );
      } catch (error) {
        if (!isConditionFailed(error)) throw error;
      }
    },

    async redeem({ pbx, row, token }, certificateId) {
      return transact(async () => {
        const end: TransactWriteItem = {
          Delete: {
            TableName: table,
            Key: marshall({ id: row }),
            ConditionExpression: 'claimToken = :token',
            ExpressionAttributeValues: marshall({ ':token': token }),
          },
        };
        const remember: TransactWriteItem = {
          Update: {
            TableName: table,
            Key: marshall({ id: pbx }),
            UpdateExpression: 'SET certificateId = :certificate, kind = :kind REMOVE openCode',
            ExpressionAttributeValues: marshall({ ':certificate': certificateId, ':kind': pbxKind }),
          },
        };
        await client.send(new TransactWriteItemsCommand({ TransactItems: [end, remember] }));
      });
    },

    async revoke(pbx) {
      await change(pbx, (row) => {
        if (row === undefined) return [];
        const forget: TransactWriteItem = {
          Update: {
            TableName: table,
            Key: marshall({ id: pbx }),
            UpdateExpression: 'REMOVE openCode',
            ConditionExpression: 'openCode = :row',
            ExpressionAttributeValues: marshall({ ':row': row }),
          },
        };
        return [deleteRow(row), forget];
      });
    },
  };
}

function rowOf(code: string): string {
  return `code#${createHash('sha256').update(code).digest('hex')}`;
}

/** Crockford's base 32: no I, L, O, U. */
const alphabet = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
const codeLetters = 26;

function randomCode(): string {
  return Array.from(randomBytes(codeLetters), (byte) => alphabet[byte & 31]).join('');
}
