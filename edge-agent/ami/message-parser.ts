import type { AmiReply } from '#core/ports/ami.ts';
import { HeaderKeys } from './header-keys.ts';
import { Headers } from './headers.ts';

const colon = 58;
const space = 32;
const openParenthesis = 40;
const carriageReturn = 13;
const endOfCommand = '--END COMMAND--';

/** Turns the bytes of one whole message into headers. */
export class MessageParser {
  readonly #keys = new HeaderKeys();
  #serial = 0;
  /** Lines that hold no header, counted since the start. */
  malformedLines = 0;

  /**
   * @param from offset of the message's first byte
   * @param lineFeeds offsets, relative to `from`, of the LF of each of the first `count` lines (all CRLF)
   * @param ascii whether no byte of the message is 0x80 or more
   */
  parse(buffer: Buffer, from: number, lineFeeds: Int32Array, count: number, ascii: boolean): AmiReply {
    const length = (lineFeeds[count - 1] as number) + 1;
    // One byte is one character, so offsets of bytes are offsets in the text. A value that is not ASCII is decoded
    // by itself; broken UTF-8 becomes U+FFFD and never throws.
    const text = buffer.toString('latin1', from, from + length);
    const headers = new Headers();
    const keys = this.#keys;
    const serial = (this.#serial += 1);
    keys.restart();
    let lineStart = 0;
    for (let i = 0; i < count; i += 1) {
      const lineFeed = lineFeeds[i] as number;
      const lineEnd = endOfLine(buffer, from, lineFeed);
      const key = keys.match(buffer, from + lineStart, from + lineEnd);
      let name: string;
      let valueStart: number;
      let repeated: boolean;
      if (key === undefined) {
        valueStart = afterColon(buffer, from + lineStart, from + lineEnd) - from;
        if (valueStart <= lineStart + 1) {
          if (lineEnd > lineStart) this.malformedLines += 1;
          lineStart = lineFeed + 1;
          continue;
        }
        name = buffer.toString('utf8', from + lineStart, from + valueStart - 1);
        repeated = name in headers;
      } else {
        name = key.name;
        valueStart = lineStart + key.bytes.length;
        repeated = key.seenIn === serial;
        key.seenIn = serial;
      }
      if (valueStart < lineEnd && buffer[from + valueStart] === space) valueStart += 1;
      let value = text.slice(valueStart, lineEnd);
      if (!ascii && !isAsciiBetween(buffer, from + valueStart, from + lineEnd)) {
        value = buffer.toString('utf8', from + valueStart, from + lineEnd);
      }
      if (repeated) addTo(headers, name, value);
      else headers[name] = value;
      lineStart = lineFeed + 1;
    }
    return headers;
  }
}

/** `Response: Follows`, Asterisk 13 and older: headers, then the command's bare output up to its end mark. */
export function parseFollows(bytes: Buffer): AmiReply {
  const text = bytes.toString();
  const headers = new Headers();
  let at = 0;
  for (;;) {
    const lineEnd = text.indexOf('\r\n', at);
    const match = /^(Response|Privilege|ActionID|Message): ?(.*)$/.exec(
      text.slice(at, Math.max(lineEnd, at)),
    );
    if (lineEnd < 0 || match === null) break;
    headers[match[1] ?? ''] = match[2] ?? '';
    at = lineEnd + 2;
  }
  const end = text.lastIndexOf(endOfCommand);
  const output = text.slice(at, end < 0 ? text.length : end).replace(/\r?\n$/, '');
  if (output !== '') headers['Output'] = output.split(/\r?\n/);
  return headers;
}

/** Where the value ends: before the CR, and before a second one that a command's output brought along. */
function endOfLine(buffer: Uint8Array, from: number, lineFeed: number): number {
  let end = lineFeed - 1;
  while (end > 0 && buffer[from + end - 1] === carriageReturn) end -= 1;
  return end;
}

/** The offset after the header name's colon, or -1. `ChanVariable(Local/1@a:b-1;2): x=y` ends its name by `):`. */
function afterColon(buffer: Uint8Array, from: number, to: number): number {
  let open = false;
  for (let at = from; at < to; at += 1) {
    const byte = buffer[at];
    if (byte === openParenthesis) open = true;
    else if (byte === colon && (!open || buffer[at - 1] === 41)) return at + 1;
  }
  return -1;
}

function addTo(headers: AmiReply, name: string, value: string): void {
  const known = headers[name];
  if (Array.isArray(known)) known.push(value);
  else headers[name] = known === undefined ? [value] : [known, value];
}

function isAsciiBetween(buffer: Uint8Array, from: number, to: number): boolean {
  for (let at = from; at < to; at += 1) if ((buffer[at] as number) >= 0x80) return false;
  return true;
}
