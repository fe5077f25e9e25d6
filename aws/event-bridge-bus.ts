import {
  PutEventsCommand,
  type EventBridgeClient,
  type PutEventsResultEntry,
} from '@aws-sdk/client-eventbridge';
import { OdoopbxError, messageOf } from '#core/errors/odoopbx-error.ts';
import type { Bus, BusEntry, PutOutcome } from '#core/ports/bus.ts';

/** What one entry may have, everything counted; a rule's targets take no more either. */
const maxEntryBytes = 256 * 1024;

/**
 * What an entry is refused with for good, as PutEventsResultEntry's reference lists it. All else is worth another
 * try: what is thrown away for an error that nobody knew of is lost, what is tried again is only late.
 */
const refusedForGood = new Set([
  'InvalidArgument',
  'MalformedDetail',
  'RedactionFailure',
  'ValidationException',
  'NotAuthorizedForSourceException',
  'NotAuthorizedForDetailTypeException',
]);

export interface EventBridgeBusOptions {
  readonly client: EventBridgeClient;
  /** The bus's name. */
  readonly bus: string;
}

/**
 * The bus on EventBridge. A call that fails as a whole rejects with BUS_UNREACHABLE, retryable, whatever the reason:
 * nothing was judged, and expired credentials or a policy that is being repaired mend themselves.
 */
export function createEventBridgeBus({ client, bus }: EventBridgeBusOptions): Bus {
  async function send(entries: readonly BusEntry[], signal?: AbortSignal): Promise<PutOutcome[]> {
    const Entries = entries.map(({ source, detailType, detail }) => ({
      EventBusName: bus,
      Source: source,
      DetailType: detailType,
      Detail: detail,
    }));
    try {
      const options = signal === undefined ? {} : { abortSignal: signal };
      const answer = await client.send(new PutEventsCommand({ Entries }), options);
      return entries.map((_, place) => outcomeOf(answer.Entries?.[place]));
    } catch (error) {
      const name = error instanceof Error ? error.name : 'Error';
      throw new OdoopbxError('BUS_UNREACHABLE', `PutEvents on ${bus}: ${name}: ${messageOf(error)}`, {
        retryable: true,
        cause: error,
      });
    }
  }

  return {
    async put(entries, signal) {
      const refusals = entries.map(refusalOf);
      const good = entries.filter((_, place) => refusals[place] === undefined);
      // An entry that is too large would fail the whole call, and all that came with it, for ever.
      const sent = good.length === 0 ? [] : await send(good, signal);
      const next = sent.values();
      return refusals.map(
        (refusal) =>
          refusal ?? next.next().value ?? { accepted: false, retryable: true, message: 'no outcome' },
      );
    },
  };
}

function refusalOf(entry: BusEntry): PutOutcome | undefined {
  const bytes = entryBytes(entry);
  if (bytes <= maxEntryBytes) return undefined;
  return { accepted: false, retryable: false, message: `${bytes} bytes are more than ${maxEntryBytes}` };
}

/** EventBridge's own reckoning: the source, the detail type and the detail in UTF-8. */
function entryBytes({ source, detailType, detail }: BusEntry): number {
  return Buffer.byteLength(source) + Buffer.byteLength(detailType) + Buffer.byteLength(detail);
}

function outcomeOf(entry: PutEventsResultEntry | undefined): PutOutcome {
  if (entry?.EventId !== undefined && entry.ErrorCode === undefined) return { accepted: true };
  const code = entry?.ErrorCode ?? 'no outcome';
  const message = entry?.ErrorMessage === undefined ? code : `${code}: ${entry.ErrorMessage}`;
  return { accepted: false, retryable: !refusedForGood.has(code), message };
}
