import type { Callback } from '../contracts/callback.ts';
import type { JobStatus } from '../contracts/job-result.ts';
import type { PbxId } from '../contracts/names.ts';

/** A job as the cloud remembers it: where it went and what to do with its result. */
export interface JobRecord {
  id: string;
  pbx: PbxId;
  fun: string;
  /** kwargs.as_list of manager_action; false asks for a bare dict as the answer. */
  asList: boolean;
  callback: Callback | null;
  createdAt: number;
  /** Unix seconds. */
  expiresAt: number;
  /** null until a result was delivered to Odoo. */
  deliveredStatus: JobStatus | null;
}

export interface JobStore {
  /**
   * Keeps the record. With an idempotency key that this PBX used before, keeps nothing and returns the id of
   * the job that it stands for.
   */
  create(record: JobRecord, idempotencyKey?: string): Promise<{ created: boolean; id: string }>;
  /** Undefined when unknown, or when the job went to another PBX. */
  find(pbx: PbxId, id: string): Promise<JobRecord | undefined>;
  markDelivered(pbx: PbxId, id: string, status: JobStatus): Promise<void>;
}
