/**
 * Server-side filters: Asterisk sends only the events that an include names. They need the write class `system`
 * and last as long as the session. Several includes are ORed; there is no taking one back.
 */
import { OdoopbxError } from '#core/errors/odoopbx-error.ts';
import type { AmiAction, AmiReply } from '#core/ports/ami.ts';
import { headerOf } from './headers.ts';

/** What reconciliation after a gap and Originate need, whatever the rules ask for. */
export const alwaysNeeded = [
  'FullyBooted',
  'Newchannel',
  'Newstate',
  'Rename',
  'Hangup',
  'OriginateResponse',
];

const filterable = /^[A-Za-z0-9_]{1,64}$/;

type Send = (action: AmiAction) => Promise<AmiReply[]>;

export class ServerFilters {
  readonly #included = new Set<string>();
  #everything = false;
  #refused = false;

  /** The names that Asterisk lets through, or 'all' where no filter is set. */
  get included(): ReadonlySet<string> | 'all' {
    return this.#everything || this.#included.size === 0 ? 'all' : this.#included;
  }

  /**
   * Includes what is wanted and not yet included. Returns false when Asterisk refuses the very first one: the
   * session is then without filters and goes on. Rejects AMI_PROTOCOL when a later one is refused: events would
   * be lost, the session must be given up.
   */
  async include(wanted: ReadonlySet<string> | 'all', send: Send): Promise<boolean> {
    if (this.#refused || this.#everything) return !this.#refused;
    const names = wanted === 'all' ? undefined : [...new Set([...alwaysNeeded, ...wanted])];
    if (names === undefined || !names.every((name) => filterable.test(name))) return this.#includeAll(send);
    for (const name of names) {
      if (this.#included.has(name)) continue;
      // Tried: `Filter: eventfilter(name(...),action(include))` answers Success too, and then lets nothing through.
      const criteria = `name(${name}),action(include)`;
      if (!(await this.#add({ Operation: 'Add', MatchCriteria: criteria }, send))) return false;
      this.#included.add(name);
    }
    return true;
  }

  /** Once filters are set, only an include that matches every event undoes them. */
  async #includeAll(send: Send): Promise<boolean> {
    if (this.#included.size === 0) return true;
    await this.#add({ Operation: 'Add', Filter: 'Event: ' }, send);
    this.#everything = true;
    return true;
  }

  async #add(headers: Record<string, string>, send: Send): Promise<boolean> {
    const [response] = await send({ Action: 'Filter', ...headers });
    if (response !== undefined && headerOf(response, 'Response') === 'Success') return true;
    if (this.#included.size > 0) {
      const why = response === undefined ? 'no answer' : headerOf(response, 'Message');
      throw new OdoopbxError('AMI_PROTOCOL', `Asterisk took some event filters and refused others: ${why}`);
    }
    this.#refused = true;
    return false;
  }
}
