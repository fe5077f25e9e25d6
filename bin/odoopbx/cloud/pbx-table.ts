import type { DynamoTable } from '#aws/dynamo-table.ts';
import { createEnrollmentCodes, type EnrollmentCodes as AllCodes } from '#aws/enrollment-codes.ts';
import { createPbxKeys, type PbxKeys } from '#aws/pbx-keys.ts';
import { markRevoked, readPbxRows, unpinInstance, type PbxRow } from '#aws/pbx-rows.ts';
import type { PbxId } from '#core/contracts/names.ts';

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

/** `now`: Unix milliseconds. */
export function dynamoPbxTable(access: DynamoTable, now: () => number): PbxTable {
  return {
    pbxRows: {
      read: (pbxs) => readPbxRows(access, pbxs),
      unpin: (pbx) => unpinInstance(access, pbx),
      markRevoked: (pbx) => markRevoked(access, pbx),
    },
    pbxKeys: createPbxKeys(access),
    enrollmentCodes: createEnrollmentCodes({ ...access, now }),
  };
}
