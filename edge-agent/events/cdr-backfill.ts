import type { AmiEvent } from '#core/contracts/ami-event.ts';
import { messageOf } from '#core/errors/odoopbx-error.ts';
import type { CdrPosition, CdrStore } from '#core/ports/cdr-store.ts';
import type { Clock } from '#core/ports/clock.ts';
import type { Logger } from '#core/ports/logger.ts';
import { cdrOf, CdrCsvReader } from './cdr-csv.ts';
import { endOfFile, partsBetween, readPart, type FilePart } from './cdr-file.ts';
import { textHeader } from './cdr-times.ts';
import type { LocalTime } from './local-time.ts';

export interface CdrBackfillOptions {
  /** Asterisk's Master.csv, written with `loguniqueid=yes`. */
  path: string;
  /** cdr.conf `[csv] usegmtime=yes`: the file's times are UTC. */
  utc: boolean;
  local: LocalTime;
  store: CdrStore;
  clock: Clock;
  logger: Logger;
  /** Takes a Cdr that was missed; resolves when it is safe. */
  emit: (event: AmiEvent) => Promise<void>;
}

/**
 * How far the kept position stands behind the file's end: a link that is dead but not yet known to be must not
 * move it past Cdrs that nobody heard. What was heard in that time is remembered.
 */
const lagMs = 300_000;
const rememberMs = 3 * lagMs;
/** A Cdr that was just written to the file may be on its way over AMI. */
const graceMs = 2000;
const retryMs = 60_000;

/** Makes Cdr events of what Asterisk wrote to its CSV file while the link was down. */
export class CdrBackfill {
  readonly #options: CdrBackfillOptions;
  #ends: { at: number; position: CdrPosition }[] = [];
  /** A gap is not made up for yet: the position stays, and nothing that was seen is forgotten. */
  #behind = false;

  constructor(options: CdrBackfillOptions) {
    this.#options = options;
  }

  /** A Cdr came live. */
  seen(event: AmiEvent): void {
    this.#options.store.addSeen(keyOf(event), this.#options.clock.now());
  }

  /** The link went down: the file's ends that were noted lately may be past unheard Cdrs. */
  linkDown(): void {
    this.#behind = true;
    this.#ends = [];
  }

  /** To be called now and then while the link is up. */
  async checkpoint(): Promise<void> {
    if (this.#behind) return;
    const { path, store, clock, logger } = this.#options;
    const now = clock.now();
    try {
      const position = await endOfFile(path);
      if (store.position() === null) store.savePosition(position);
      this.#ends.push({ at: now, position });
    } catch (error) {
      logger.warn('the CDR file can not be looked at', { path, error: messageOf(error) });
    }
    for (let [oldest] = this.#ends; oldest && oldest.at <= now - lagMs; [oldest] = this.#ends) {
      store.savePosition(oldest.position);
      this.#ends.shift();
    }
    store.forgetSeen(now - rememberMs);
  }

  /** After a gap: until it is made up for or `signal` aborts. The number of Cdrs that were told. */
  async run(signal: AbortSignal): Promise<number> {
    const { path, clock, logger } = this.#options;
    this.#behind = true;
    let told = 0;
    while (this.#behind && !signal.aborted) {
      try {
        told += await this.#catchUp(signal);
      } catch (error) {
        logger.error('the CDR file can not be read', { path, retryMs, error: messageOf(error) });
        await clock.sleep(retryMs, signal);
      }
    }
    if (told > 0) logger.info('Cdrs of a gap were read from the CDR file', { cdrs: told });
    return told;
  }

  async #catchUp(signal: AbortSignal): Promise<number> {
    const { path, store, clock } = this.#options;
    const to = await endOfFile(path);
    const from = store.position() ?? to;
    let told = 0;
    await clock.sleep(graceMs, signal);
    const parts = to.file === '' ? [] : await partsBetween(path, from, to);
    let position = to.file === '' ? from : to;
    for (const part of parts) {
      const { made, consumed } = await this.#readPart(part, signal);
      told += made;
      if (part.path === path) position = { offset: part.from + consumed, file: to.file };
    }
    if (!signal.aborted) {
      store.savePosition(position);
      this.#behind = false;
    }
    return told;
  }

  async #readPart(part: FilePart, signal: AbortSignal): Promise<{ made: number; consumed: number }> {
    const { store, clock, logger, emit } = this.#options;
    const reader = new CdrCsvReader();
    let made = 0;
    let unreadable = 0;
    for await (const chunk of readPart(part)) {
      if (signal.aborted) break;
      for (const fields of reader.push(chunk)) {
        const event = this.#eventOf(fields);
        if (!event) unreadable += 1;
        else if (!store.hasSeen(keyOf(event))) {
          await emit(event);
          store.addSeen(keyOf(event), clock.now());
          made += 1;
        }
      }
    }
    if (unreadable > 0) {
      logger.warn('lines of the CDR file have no uniqueid; set loguniqueid=yes in cdr.conf', { unreadable });
    }
    return { made, consumed: reader.consumed };
  }

  #eventOf(fields: readonly string[]): AmiEvent | undefined {
    const cdr = cdrOf(fields);
    if (!cdr) return undefined;
    const times = this.#options.utc ? ['StartTime', 'AnswerTime', 'EndTime'] : [];
    for (const header of times) cdr[header] = this.#toLocal(cdr[header] ?? '');
    return { Event: 'Cdr', Privilege: 'cdr,all', ...cdr, _synthetic: true };
  }

  /** AMI tells local times, whatever the file has. */
  #toLocal(utc: string): string {
    const unixMs = Date.parse(`${utc.replace(' ', 'T')}Z`);
    return Number.isNaN(unixMs) ? '' : this.#options.local.toWall(unixMs);
  }
}

/** What tells one Cdr from another: legs of one call share their UniqueID, Channel and start. */
function keyOf(event: AmiEvent): string {
  const headers = ['UniqueID', 'StartTime', 'EndTime', 'Channel', 'DestinationChannel', 'Disposition'];
  return JSON.stringify(headers.map((header) => textHeader(event, header)));
}
