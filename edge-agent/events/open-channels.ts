import { eventName, type AmiEvent } from '#core/contracts/ami-event.ts';
import type { ChannelStore } from '#core/ports/channel-store.ts';
import { textHeader } from './cdr-times.ts';

const maxEndedRemembered = 10_000;

/**
 * The channels that are open, by Uniqueid, with the last known headers of each. A channel is suspect when it was
 * open before a gap and nothing was heard of it since: it may be gone.
 */
export class OpenChannels {
  readonly #store: ChannelStore;
  readonly #headers = new Map<string, AmiEvent>();
  readonly #suspects: Set<string>;
  /** Ended lately. A real Hangup that comes after one of ours must not be told, nor must a list bring it back. */
  readonly #ended = new Map<string, 'heard' | 'closed by us'>();

  constructor(store: ChannelStore) {
    this.#store = store;
    for (const { uniqueid, headers } of store.load()) this.#headers.set(uniqueid, headers);
    this.#suspects = new Set(this.#headers.keys());
  }

  get size(): number {
    return this.#headers.size;
  }

  suspects(): string[] {
    return [...this.#suspects];
  }

  isSuspect(uniqueid: string): boolean {
    return this.#suspects.has(uniqueid);
  }

  /** The link is gone: every channel may hang up unheard. */
  suspectAll(): void {
    for (const uniqueid of this.#headers.keys()) this.#suspects.add(uniqueid);
  }

  /** Found in the list of open channels. */
  clear(uniqueid: string): void {
    this.#suspects.delete(uniqueid);
  }

  /**
   * Takes note of an event. False when the event must go no further: the Hangup of a channel that was closed
   * already. A Hangup closes the channel in memory; on disk it stays until `forget`, so that a crash in between
   * repeats the Hangup rather than lose it.
   */
  observe(event: AmiEvent): boolean {
    const uniqueid = textHeader(event, 'Uniqueid');
    if (uniqueid === '') return true;
    switch (eventName(event)) {
      case 'Newchannel':
      case 'Newstate':
        this.#keep(uniqueid, stateOf(event));
        return true;
      case 'Rename': {
        const headers = this.#headers.get(uniqueid);
        const name = textHeader(event, 'Newname');
        if (headers && name !== '') this.#keep(uniqueid, { ...headers, Channel: name });
        return true;
      }
      case 'Hangup': {
        const told = this.#ended.get(uniqueid) === 'closed by us';
        this.#end(uniqueid, 'heard');
        return !told;
      }
      default:
        return true;
    }
  }

  /** An entry of the list of open channels that nothing was known of: its Newchannel fell into the gap. */
  adopt(entry: AmiEvent): void {
    const uniqueid = textHeader(entry, 'Uniqueid');
    if (uniqueid === '' || this.#headers.has(uniqueid) || this.#ended.has(uniqueid)) return;
    this.#keep(uniqueid, stateOf(entry));
  }

  /** Closes a channel that is gone; its last known headers, undefined when it is not open. */
  close(uniqueid: string): AmiEvent | undefined {
    const headers = this.#headers.get(uniqueid);
    if (!headers) return undefined;
    this.#end(uniqueid, 'closed by us');
    return headers;
  }

  /** The Hangup is safe: nothing is left to be told of this channel. */
  forget(uniqueid: string): void {
    if (!this.#headers.has(uniqueid)) this.#store.remove(uniqueid);
  }

  #keep(uniqueid: string, headers: AmiEvent): void {
    this.#headers.set(uniqueid, headers);
    this.#suspects.delete(uniqueid);
    this.#ended.delete(uniqueid);
    this.#store.put({ uniqueid, headers });
  }

  #end(uniqueid: string, how: 'heard' | 'closed by us'): void {
    this.#headers.delete(uniqueid);
    this.#suspects.delete(uniqueid);
    this.#ended.delete(uniqueid);
    this.#ended.set(uniqueid, how);
    if (this.#ended.size <= maxEndedRemembered) return;
    const [oldest] = this.#ended.keys();
    if (oldest !== undefined) this.#ended.delete(oldest);
  }
}

// Headers that belong to the event or the list entry, not to the channel.
const eventHeaders = new Set(
  'Event Timestamp ActionID Application ApplicationData Duration BridgeId'.split(' '),
);

function stateOf(event: AmiEvent): AmiEvent {
  return Object.fromEntries(Object.entries(event).filter(([header]) => !eventHeaders.has(header)));
}
