import type { Alarms } from './alarms.ts';
import type { BusReplays } from './bus-replays.ts';
import type { EnrollmentCodes, PbxKeys, PbxRows } from './pbx-table.ts';
import type { Identities } from './identities.ts';
import type { QueueAges } from './queue-ages.ts';
import type { Queues } from './queues.ts';
import type { Secrets } from './secrets.ts';
import type { Stacks } from './stacks.ts';
import type { Tables } from './tables.ts';

/** What the operator's commands ask of AWS: one narrow port per service, in one account and region. */
export interface Cloud {
  readonly account: string;
  readonly region: string;
  /** ARN of the user or role whose credentials are used. */
  readonly caller: string;
  readonly stacks: Stacks;
  readonly queues: Queues;
  readonly queueAges: QueueAges;
  readonly tables: Tables;
  readonly pbxRows: PbxRows;
  readonly pbxKeys: PbxKeys;
  readonly enrollmentCodes: EnrollmentCodes;
  readonly identities: Identities;
  readonly secrets: Secrets;
  readonly replays: BusReplays;
  readonly alarms: Alarms;
}
