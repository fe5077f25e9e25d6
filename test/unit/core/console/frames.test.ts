import { expect, test } from 'vitest';
import { base64Length, fromBase64, toBase64 } from '#core/console/base64.ts';
import { decodeFrame, encodeFrame } from '#core/console/frame-codec.ts';
import { type ConsoleFrame, consoleFrameSchema, forwardedFrames, framesFrom } from '#core/console/frames.ts';
import { consoleLimits } from '#core/console/limits.ts';

const session = '5f1f2b54-35b5-4f0e-9d38-0c5c1c2c9a11';
const ticket = 'A-_9'.repeat(10) + 'abc';
const full = toBase64(new Uint8Array(consoleLimits.dataBytes).fill(255));

const frames: ConsoleFrame[] = [
  { v: 1, t: 'hello', received: 0 },
  { v: 1, t: 'hello', received: 7, cols: 2, rows: 300 },
  { v: 1, t: 'ready', session, resume: ticket, peer: true },
  { v: 1, t: 'peer', here: false },
  { v: 1, t: 'peer', here: true, received: 3 },
  { v: 1, t: 'out', n: 1, d: full },
  { v: 1, t: 'in', n: Number.MAX_SAFE_INTEGER, d: 'YQ==' },
  { v: 1, t: 'ack', n: 1 },
  { v: 1, t: 'size', cols: 500, rows: 2 },
  { v: 1, t: 'notice', text: '\u0001'.repeat(consoleLimits.noticeLength) },
  { v: 1, t: 'ping' },
  { v: 1, t: 'pong' },
  { v: 1, t: 'end', code: 'peer-lost', reason: '' },
];

test.each(frames.map((frame) => [frame.t, frame] as const))(
  '%s: out and back, within the limit',
  (_, frame) => {
    const message = encodeFrame(frame);
    expect(decodeFrame(message)).toEqual(frame);
    expect(new TextEncoder().encode(message).length).toBeLessThanOrEqual(consoleLimits.frameBytes);
  },
);

test.each([
  ['no JSON', 'hello'],
  ['no object', '[]'],
  ['another version', { v: 2, t: 'ping' }],
  ['an unknown type', { v: 1, t: 'exec' }],
  ['an unknown key', { v: 1, t: 'ping', more: 1 }],
  ['a number of 0', { v: 1, t: 'ack', n: 0 }],
  ['a broken number', { v: 1, t: 'ack', n: 1.5 }],
  ['a number beyond the safe ones', { v: 1, t: 'ack', n: 2 ** 53 }],
  ['no data', { v: 1, t: 'in', n: 1, d: '' }],
  ['data that is no base64', { v: 1, t: 'in', n: 1, d: 'a b=' }],
  ['one byte too many', { v: 1, t: 'out', n: 1, d: toBase64(new Uint8Array(consoleLimits.dataBytes + 3)) }],
  ['a terminal of one column', { v: 1, t: 'size', cols: 1, rows: 24 }],
  ['a terminal too large', { v: 1, t: 'size', cols: 80, rows: 301 }],
  ['a long notice', { v: 1, t: 'notice', text: 'x'.repeat(501) }],
  ['an unknown end', { v: 1, t: 'end', code: 'bored', reason: '' }],
  ['a ticket of another length', { v: 1, t: 'ready', session, resume: 'abc', peer: true }],
])('refuses %s', (_, message) => {
  const text = typeof message === 'string' ? message : JSON.stringify(message);
  expect(() => decodeFrame(text)).toThrow(expect.objectContaining({ code: 'CONSOLE_PROTOCOL' }));
});

test('a message over the limit is refused by its bytes, not its characters, before it is parsed', () => {
  const message = `{"v":1,"t":"notice","text":"${'é'.repeat(consoleLimits.frameBytes / 2)}"}`;
  expect(() => decodeFrame(message)).toThrow('32000 bytes');
});

test('an error does not repeat what was typed', () => {
  expect(() => decodeFrame('{"v":1,"t":"in","n":1,"d":"secret!"}')).toThrow(/^(?!.*secret)/);
});

test('who may send what, and what is handed on', () => {
  const types = new Set(consoleFrameSchema.options.map(({ shape }) => shape.t.value));
  const unknown = [...framesFrom.agent, ...framesFrom.browser, ...forwardedFrames].filter(
    (t) => !types.has(t),
  );
  expect(unknown).toEqual([]);
  expect(framesFrom.agent).not.toContain('in');
  expect(framesFrom.browser).not.toContain('out');
  for (const t of ['ready', 'peer'] as const) {
    expect(framesFrom.agent).not.toContain(t);
    expect(framesFrom.browser).not.toContain(t);
  }
});

test('base64 of every length and byte', () => {
  for (let length = 1; length <= 260; length += 1) {
    const bytes = Uint8Array.from({ length }, (_, at) => (at * 7 + length) & 255);
    const encoded = toBase64(bytes);
    expect(encoded).toBe(Buffer.from(bytes).toString('base64'));
    expect(encoded.length).toBe(base64Length(length));
    expect(fromBase64(encoded)).toEqual(bytes);
  }
});
