import { ResourceNotFoundException } from '@aws-sdk/client-dynamodb';
import type { DynamoTable } from '#aws/dynamo-table.ts';
import { createEnrollmentCodes, type EnrollmentCodes as AllCodes } from '#aws/enrollment-codes.ts';
import { createPbxKeys, type PbxKeys } from '#aws/pbx-keys.ts';
import { markRevoked, readPbxRows, unpinInstance, type PbxRow } from '#aws/pbx-rows.ts';
import type { PbxId } from '#core/contracts/names.ts';
import { OdoopbxError } from '#core/errors/odoopbx-error.ts';

export type { PbxKeys };

/** Making and ending codes is the operator's part; redeeming them is enroll-agent's. */
export type EnrollmentCodes = Pick<AllCodes, 'make' | 'revoke'>;

export interface PbxRows {
  /** A PBX that has no row yet is not in the map. */
  read(pbxs: readonly PbxId[]): Promise<ReadonlyMap<PbxId, PbxRow>>;
  unpin(pbx: PbxId): Promise<void>;
  /** The PBX has no certificate any more: it counts as silent no longer. */
  markRevoked(pbx: PbxId): Promise<void>;
}

export interface PbxTable {
  readonly pbxRows: PbxRows;
  readonly pbxKeys: PbxKeys;
  readonly enrollmentCodes: EnrollmentCodes;
}

/** `now`: Unix milliseconds. Everything rejects with NOT_DEPLOYED where the table is not there. */
export function dynamoPbxTable(access: DynamoTable, now: () => number): PbxTable {
  const keys = createPbxKeys(access);
  const codes = createEnrollmentCodes({ ...access, now });
  const there = <T>(answer: Promise<T>): Promise<T> => orNotDeployed(answer, access.table);
  return {
    pbxRows: {
      read: (pbxs) => there(readPbxRows(access, pbxs)),
      unpin: (pbx) => there(unpinInstance(access, pbx)),
      markRevoked: (pbx) => there(markRevoked(access, pbx)),
    },
    pbxKeys: {
      list: (pbx) => there(keys.list(pbx)),
      add: (pbx, sha256) => there(keys.add(pbx, sha256)),
      remove: (pbx, sha256) => there(keys.remove(pbx, sha256)),
      removePbx: (pbx) => there(keys.removePbx(pbx)),
    },
    enrollmentCodes: {
      make: (pbx, validSeconds) => there(codes.make(pbx, validSeconds)),
      revoke: (pbx) => there(codes.revoke(pbx)),
    },
  };
}

async function orNotDeployed<T>(answer: Promise<T>, table: string): Promise<T> {
  try {
    return await answer;
  } catch (error) {
    if (!(error instanceof ResourceNotFoundException)) throw error;
    throw new OdoopbxError(
      'NOT_DEPLOYED',
      `the platform is not deployed in this account and region, the table ${table} is not there: odoopbx deploy`,
      { cause: error },
    );
  }
}
