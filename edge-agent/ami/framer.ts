/**
 * Finds AMI's messages in a stream of bytes and parses those that are wanted.
 *
 * Invariants:
 * - where chunks begin and end makes no difference to what is taken;
 * - every undamaged message is either taken or counted as skipped, also when it follows a damaged one;
 * - memory is bounded by the limits and the size of one chunk, whatever comes in;
 * - nothing that comes in makes it throw.
 */
import { isAscii } from 'node:buffer';
import type { AmiReply } from '#core/ports/ami.ts';
import {
  eventKey,
  hasKey,
  isEventLine,
  keepFirstEvent,
  privilegeKey,
  responseKey,
  startsWith,
} from './first-header.ts';
import { defaultFramerLimits } from './framer-options.ts';
import type { AmiMessage, FramerCounts, FramerLimits, FramerOptions, Wanted } from './framer-options.ts';
import { MessageParser, parseFollows } from './message-parser.ts';
import { NameSet } from './name-set.ts';

export type { AmiMessage, FramerCounts, FramerOptions, Wanted } from './framer-options.ts';

const LF = 10;
const CR = 13;
const letterP = 80;
const endOfCommand = Buffer.from('--END COMMAND--');
const maxBannerBytes = 1024;
/** What an emptied buffer may keep for the next message. */
const keptBytes = 256 * 1024;

export class Framer {
  readonly #limits: FramerLimits;
  readonly #parser = new MessageParser();
  #names: NameSet | 'all' | 'none' = 'all';
  #awaitsBanner: boolean;
  /** The chunk that was pushed, or `#carry` when it continues an unfinished message. */
  #buffer: Buffer = Buffer.alloc(0);
  #carry: Buffer = Buffer.alloc(0);
  /** Whether no byte in `#buffer` is 0x80 or more. */
  #ascii = true;
  /** The message at hand: its first byte, where the search for its end goes on, the end of what is known. */
  #start = 0;
  #scan = 0;
  #end = 0;
  /** Offsets from `#start` of the line feeds found so far. */
  #lineFeeds = new Int32Array(64);
  #lines = 0;
  /** What stands before the next blank line is the rest of something too large. */
  #discarding = false;
  #searchedForEndOfCommand = 0;
  #messages = 0;
  #skipped = 0;
  #damaged = 0;

  constructor(options: FramerOptions) {
    this.#limits = { ...defaultFramerLimits, ...options.limits };
    this.#awaitsBanner = options.banner ?? true;
    this.setWanted(options.wanted);
  }

  /** Takes effect with the next message. */
  setWanted(wanted: Wanted): void {
    this.#names = typeof wanted === 'string' ? wanted : new NameSet(wanted);
  }

  counts(): FramerCounts {
    const malformedLines = this.#parser.malformedLines;
    return { messages: this.#messages, skipped: this.#skipped, damaged: this.#damaged, malformedLines };
  }

  /** Bytes of an unfinished message that are held. */
  get buffered(): number {
    return this.#end - this.#start;
  }

  /** Bytes of memory that are held for unfinished messages, used or not. */
  get capacity(): number {
    return this.#carry.length;
  }

  /** The chunk is borrowed until `take()` returned undefined; then it may be overwritten. */
  push(chunk: Uint8Array): void {
    if (this.#end > this.#start) {
      this.#append(chunk);
      return;
    }
    this.#buffer = Buffer.isBuffer(chunk)
      ? chunk
      : Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
    this.#ascii = isAscii(chunk);
    this.#start = this.#scan = 0;
    this.#end = chunk.length;
  }

  /** The next message that is wanted, or undefined when more bytes are needed. */
  take(): AmiMessage | undefined {
    for (;;) {
      if (this.#lines === 0 && !this.#discarding) this.#skipBlankLines();
      if (this.#awaitsBanner) {
        const banner = this.#takeBanner();
        if (this.#awaitsBanner) return this.#pause();
        if (banner !== undefined) return banner;
        continue;
      }
      const next = this.#findEnd();
      if (next < 0) {
        this.#discardTooLarge();
        return this.#pause();
      }
      const message = this.#read(next);
      this.#begin(next);
      if (message !== undefined) return message;
    }
  }

  /** Looks for the blank line that ends the message; the offset after it, or -1. Notes every line on the way. */
  #findEnd(): number {
    const buffer = this.#buffer;
    const end = this.#end;
    let at = this.#scan;
    while (at < end) {
      // CRLF is two bytes: looking at every second byte finds each. Four looks per round halve the time.
      if (at + 6 < end && (buffer[at] as number) > CR) {
        if ((buffer[at + 2] as number) <= CR) at += 2;
        else if ((buffer[at + 4] as number) <= CR) at += 4;
        else if ((buffer[at + 6] as number) <= CR) at += 6;
        else {
          at += 8;
          continue;
        }
      }
      const byte = buffer[at] as number;
      if (byte > CR) {
        at += 2;
        continue;
      }
      let lineFeed = at;
      if (byte === CR) {
        lineFeed = at + 1;
        if (lineFeed === end) break;
      }
      if (buffer[lineFeed] !== LF || lineFeed === this.#start || buffer[lineFeed - 1] !== CR) {
        at += 2;
        continue;
      }
      const lineStart = lineFeed + 1;
      at = lineFeed;
      if (lineStart === end) break;
      const first = buffer[lineStart] as number;
      if (first === LF || first === CR) {
        const last = first === LF ? lineStart : lineStart + 1;
        if (last === end) break;
        if (buffer[last] === LF) {
          const ends = this.#endsHere(lineStart, last + 1);
          if (ends > 0) {
            this.#note(lineFeed);
            return last + 1;
          }
          if (ends < 0) break;
        }
      } else if (first === letterP) {
        const found = this.#findMerged(lineFeed);
        if (found === -1) break;
        if (found > 0) {
          this.#restartAt(found);
          at = found;
          continue;
        }
      }
      this.#note(lineFeed);
      at = lineFeed + 2;
    }
    this.#scan = Math.min(at, end);
    return -1;
  }

  #note(lineFeed: number): void {
    const lines = this.#lines;
    if (lines === this.#lineFeeds.length && !this.#roomForLines()) return;
    this.#lineFeeds[lines] = lineFeed - this.#start;
    this.#lines = lines + 1;
  }

  #roomForLines(): boolean {
    if (this.#lines > this.#limits.maxHeaders) return false;
    const larger = new Int32Array(this.#lineFeeds.length * 2);
    larger.set(this.#lineFeeds);
    this.#lineFeeds = larger;
    return true;
  }

  /**
   * Whether the blank line at `blank` ends the message: 1 yes, 0 no, -1 not known yet. Only inside
   * `Response: Follows` does a blank line not end it; what follows one may still be the next message, when the
   * end mark was lost.
   */
  #endsHere(blank: number, next: number): number {
    const start = this.#start;
    if (this.#discarding || this.#buffer[start + 10] !== 70 || !this.#isFollows()) return 1;
    const from = Math.max(start, this.#searchedForEndOfCommand);
    if (this.#buffer.subarray(from, blank).includes(endOfCommand)) return 1;
    this.#searchedForEndOfCommand = Math.max(start, blank - endOfCommand.length);
    const isEvent = startsWith(this.#buffer, next, this.#end, eventKey);
    const isResponse = startsWith(this.#buffer, next, this.#end, responseKey);
    if (isEvent > 0 || isResponse > 0) return 1;
    return isEvent < 0 || isResponse < 0 ? -1 : 0;
  }

  #isFollows(): boolean {
    return (
      this.#buffer.toString('latin1', this.#start, Math.min(this.#end, this.#start + 19)) ===
      'Response: Follows\r\n'
    );
  }

  /**
   * A message that was cut off may run into the next without a blank line. `Privilege: ` follows the first line of
   * an event, so where the line before it ends in `Event: <name>` an event begins.
   * The offset of that `Event: `, 0 when there is none, -1 when more bytes are needed.
   */
  #findMerged(lineFeed: number): number {
    const found = startsWith(this.#buffer, lineFeed + 1, this.#end, privilegeKey);
    if (found <= 0) return found;
    const ahead = this.#lines;
    if (ahead === 0 && isEventLine(this.#buffer, this.#start, lineFeed)) return 0;
    const previous = this.#start + (ahead === 0 ? 0 : (this.#lineFeeds[ahead - 1] as number) + 1);
    const line = this.#buffer.toString('latin1', previous, lineFeed);
    const within = line.lastIndexOf('Event: ');
    // `UserEvent: <name>` is a header, and a dialplan may put any header after it.
    const isUserEvent = within === 4 && line.startsWith('User');
    return within < 0 || isUserEvent || previous + within === this.#start ? 0 : previous + within;
  }

  #restartAt(offset: number): void {
    if (!this.#discarding) this.#damaged += 1;
    this.#discarding = false;
    this.#begin(offset);
  }

  #begin(offset: number): void {
    this.#start = this.#scan = offset;
    this.#lines = 0;
    this.#searchedForEndOfCommand = 0;
  }

  /** The message between `#start` and `next`, unless it is skipped. */
  #read(next: number): AmiMessage | undefined {
    const buffer = this.#buffer;
    const start = this.#start;
    if (this.#discarding) {
      this.#discarding = false;
      return undefined;
    }
    const isEvent = hasKey(buffer, start, next, eventKey);
    if ((!isEvent && !hasKey(buffer, start, next, responseKey)) || this.#lines > this.#limits.maxHeaders) {
      this.#damaged += 1;
      return undefined;
    }
    this.#messages += 1;
    if (!isEvent) {
      const headers = this.#isFollows() ? parseFollows(buffer.subarray(start, next)) : this.#parse();
      return { kind: 'response', headers };
    }
    const names = this.#names;
    if (names !== 'all' && (names === 'none' || !this.#isWanted(names))) {
      this.#skipped += 1;
      return undefined;
    }
    const headers = this.#parse();
    if (typeof headers['Event'] !== 'string' && !keepFirstEvent(headers)) {
      this.#messages -= 1;
      this.#damaged += 1;
      return undefined;
    }
    return { kind: 'event', headers };
  }

  #parse(): AmiReply {
    return this.#parser.parse(this.#buffer, this.#start, this.#lineFeeds, this.#lines, this.#ascii);
  }

  #isWanted(names: NameSet): boolean {
    // After `Event:`, with or without a space.
    const from = this.#start + 6;
    const to = this.#start + (this.#lineFeeds[0] as number) - 1;
    return names.has(this.#buffer, this.#buffer[from] === 32 ? from + 1 : from, to);
  }

  #skipBlankLines(): void {
    if (this.#scan > this.#start) return;
    let at = this.#start;
    while (at < this.#end && (this.#buffer[at] === LF || this.#buffer[at] === CR)) at += 1;
    this.#start = this.#scan = at;
  }

  #takeBanner(): AmiMessage | undefined {
    const line = this.#buffer.subarray(this.#start, Math.min(this.#end, this.#start + maxBannerBytes));
    if (startsWith(line, 0, line.length, eventKey) > 0 || startsWith(line, 0, line.length, responseKey) > 0) {
      this.#awaitsBanner = false;
      return undefined;
    }
    const lineFeed = line.indexOf(LF);
    if (lineFeed < 0 && line.length < maxBannerBytes) return undefined;
    this.#awaitsBanner = false;
    const length = lineFeed < 0 ? line.length : lineFeed + 1;
    this.#begin(this.#start + length);
    return { kind: 'banner', text: line.toString('utf8', 0, length).trimEnd() };
  }

  /** Gives up on a message that outgrew the limits; its rest is thrown away as it comes. */
  #discardTooLarge(): void {
    const tooLarge = this.buffered > this.#limits.maxMessageBytes || this.#lines > this.#limits.maxHeaders;
    if (!tooLarge && !this.#discarding) return;
    // The end of a line, and the line before a `Privilege: `, may be needed to find the next message.
    const keep = this.#end - 1024;
    if (keep <= this.#start) return;
    if (!this.#discarding) this.#damaged += 1;
    this.#discarding = true;
    const scan = this.#scan;
    this.#begin(keep);
    this.#scan = Math.max(scan, keep);
    // Line 0 of what is left is no `Event: ` line: any `Privilege: ` may belong to a merged event.
    this.#note(keep);
  }

  /** The chunk goes back to its owner: what is left of it is copied. */
  #pause(): undefined {
    const left = this.#end - this.#start;
    if (left === 0) {
      this.#start = this.#scan = this.#end = 0;
      if (this.#carry.length > keptBytes) this.#carry = Buffer.alloc(0);
      this.#buffer = this.#carry;
      return undefined;
    }
    if (this.#buffer !== this.#carry) this.#moveToCarry(left);
    return undefined;
  }

  #append(chunk: Uint8Array): void {
    const left = this.#end - this.#start;
    if (this.#buffer !== this.#carry || this.#end + chunk.length > this.#carry.length) {
      this.#moveToCarry(left + chunk.length);
    }
    this.#ascii &&= isAscii(chunk);
    this.#carry.set(chunk, this.#end);
    this.#end += chunk.length;
  }

  /** Puts what is left at the front of a carry of at least `size` bytes. */
  #moveToCarry(size: number): void {
    const left = this.#end - this.#start;
    const outgrown = this.#carry.length < size || (this.#carry.length > keptBytes && size < keptBytes / 4);
    const target = outgrown
      ? Buffer.allocUnsafeSlow(Math.max(8192, 2 ** Math.ceil(Math.log2(size))))
      : this.#carry;
    this.#buffer.copy(target, 0, this.#start, this.#end);
    this.#carry = this.#buffer = target;
    this.#scan -= this.#start;
    this.#searchedForEndOfCommand = Math.max(0, this.#searchedForEndOfCommand - this.#start);
    this.#start = 0;
    this.#end = left;
  }
}
