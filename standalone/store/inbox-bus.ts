import { OdoopbxError } from '#core/errors/odoopbx-error.ts';
import type { Bus, BusEntry, PutOutcome } from '#core/ports/bus.ts';
import { maxResultBytes } from '#core/contracts/job-result.ts';
import type { StandaloneInbox } from './inbox.ts';

/** The bus's own limit in the cloud; an entry that is refused there must not pass here. */
const maxEntryBytes = Math.max(256 * 1024, maxResultBytes);

/** The bus of standalone: straight into the inbox. An entry is accepted once it is on disk. */
export function createInboxBus(inbox: StandaloneInbox): Bus {
  return {
    async put(entries: readonly BusEntry[]): Promise<PutOutcome[]> {
      const outcomes = entries.map((entry): PutOutcome => {
        const bytes = Buffer.byteLength(entry.detail);
        if (bytes <= maxEntryBytes) return { accepted: true };
        return {
          accepted: false,
          retryable: false,
          message: `${bytes} bytes are more than ${maxEntryBytes}`,
        };
      });
      const good = entries.filter((_, index) => outcomes[index]?.accepted);
      let stored: boolean;
      try {
        stored = inbox.put(good);
      } catch (error) {
        throw new OdoopbxError('BUS_UNREACHABLE', 'the inbox can not be written', {
          retryable: true,
          cause: error,
        });
      }
      if (stored) return outcomes;
      const full: PutOutcome = { accepted: false, retryable: true, message: 'the inbox is full' };
      return outcomes.map((outcome) => (outcome.accepted ? full : outcome));
    },
  };
}
