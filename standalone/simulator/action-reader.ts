import { AmiRequest } from './ami-request.ts';

export type ReadAction = { request: AmiRequest; fault?: string };

/** Asterisk's limits: a longer line or message is thrown away and answered with an error. */
const maxLineBytes = 1022;
const maxLines = 128;
const lineTooLong = 'Failed to parse message: line too long';
const tooManyLines = 'Too many lines in message or allocation failure';

/** Bytes of a session to actions: `push` a chunk, get what became whole. */
export class ActionReader {
  #rest = Buffer.alloc(0);
  #headers: [string, string][] = [];
  #lines = 0;
  #tooLong = false;

  push(chunk: Buffer): ReadAction[] {
    const actions: ReadAction[] = [];
    let bytes = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    for (let end = bytes.indexOf(10); end >= 0; end = bytes.indexOf(10)) {
      const line = bytes.subarray(0, end > 0 && bytes[end - 1] === 13 ? end - 1 : end);
      bytes = bytes.subarray(end + 1);
      const action = this.#takeLine(line);
      if (action) actions.push(action);
    }
    if (bytes.length > maxLineBytes) {
      // Of an endless line only so much is kept that its end is still seen to be too long.
      this.#tooLong = true;
      bytes = bytes.subarray(0, maxLineBytes + 1);
    }
    this.#rest = Buffer.from(bytes);
    return actions;
  }

  #takeLine(line: Buffer): ReadAction | undefined {
    if (line.length > 0) {
      this.#lines += 1;
      if (line.length > maxLineBytes) this.#tooLong = true;
      if (this.#lines > maxLines || line.length > maxLineBytes) return undefined;
      const text = line.toString('utf8');
      const colon = text.indexOf(':');
      if (colon > 0) this.#headers.push([text.slice(0, colon).trim(), text.slice(colon + 1).trimStart()]);
      return undefined;
    }
    const fault = this.#tooLong ? lineTooLong : this.#lines > maxLines ? tooManyLines : undefined;
    const read: ReadAction | undefined =
      this.#lines === 0
        ? undefined
        : { request: new AmiRequest(this.#headers), ...(fault === undefined ? {} : { fault }) };
    this.#headers = [];
    this.#lines = 0;
    this.#tooLong = false;
    return read;
  }
}
