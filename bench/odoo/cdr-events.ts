import { maxBatchBytes } from '../../core/contracts/ami-batch.ts';
import type { AmiBatch, BatchItem } from '../../core/contracts/ami-batch.ts';
import { sourceOf } from '../../core/contracts/names.ts';
import type { InboxMessage } from '../../core/ports/inbox.ts';

/** Cdr events as Asterisk 22 sends them and the agent completes them, one per call. */
export function cdrItems(count: number, rule: string, prefix: string): BatchItem[] {
  return Array.from({ length: count }, (_, index) => {
    const start = 1_790_000_000 + index;
    const extension = String(100 + (index % 900));
    return {
      seq: index + 1,
      at: start + 35,
      rules: [rule],
      event: {
        Event: 'Cdr',
        Privilege: 'cdr,all',
        SystemName: 'bench',
        AccountCode: '',
        Source: extension,
        Destination: `0049301234${String(index).padStart(4, '0')}`,
        DestinationContext: 'from-internal',
        CallerID: `"Jürgen Müller" <${extension}>`,
        Channel: `PJSIP/${extension}-${index.toString(16).padStart(8, '0')}`,
        DestinationChannel: `PJSIP/trunk-${(index + 1).toString(16).padStart(8, '0')}`,
        LastApplication: 'Dial',
        LastData: `PJSIP/0049301234${index}@trunk,60,TtKk`,
        StartTime: utc(start),
        AnswerTime: utc(start + 5),
        EndTime: utc(start + 35),
        Duration: '35',
        BillableSeconds: '30',
        Disposition: 'ANSWERED',
        AMAFlags: 'DOCUMENTATION',
        UniqueID: `${prefix}.${index}`,
        UserField: '',
        StartTimeUTC: utc(start),
        AnswerTimeUTC: utc(start + 5),
        EndTimeUTC: utc(start + 35),
        EventTime: start + 35,
      },
    };
  });
}

/** The items in batches of the size at which the agent closes one. */
export function batchesOf(items: readonly BatchItem[], pbx: string, epoch: string): InboxMessage[] {
  const batches: BatchItem[][] = [];
  let bytes = Infinity;
  for (const item of items) {
    const size = Buffer.byteLength(JSON.stringify(item)) + 1;
    if (bytes + size > maxBatchBytes) {
      batches.push([]);
      bytes = 200;
    }
    batches.at(-1)?.push(item);
    bytes += size;
  }
  return batches.map((events, index) => {
    const detail: AmiBatch = {
      v: 1,
      pbx,
      epoch,
      firstSeq: events[0]?.seq ?? 1,
      lastSeq: events.at(-1)?.seq ?? 1,
      rulesVersion: null,
      events,
    };
    const event = { source: sourceOf(pbx), 'detail-type': 'ami.batch.v1', detail };
    return { id: String(index), receiveCount: 1, event };
  });
}

function utc(seconds: number): string {
  return new Date(seconds * 1000).toISOString().replace('T', ' ').slice(0, 19);
}
