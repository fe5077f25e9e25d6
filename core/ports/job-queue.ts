import type { Job } from '../contracts/job.ts';
import type { PbxId } from '../contracts/names.ts';

/** The job queues of the PBXs as the cloud sees them. */
export interface JobQueue {
  send(pbx: PbxId, job: Job): Promise<void>;
}
