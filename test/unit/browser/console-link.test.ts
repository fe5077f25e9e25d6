import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { openConsoleLink } from '#browser/console-link.ts';
import type { ConsoleLink, LinkState } from '#browser/console-link.ts';
import type { SocketEvents } from '#browser/socket.ts';
import { inputLimit } from '#browser/typed-input.ts';
import { toBase64 } from '#core/console/base64.ts';
import { decodeFrame, encodeFrame } from '#core/console/frame-codec.ts';
import type { ConsoleFrame } from '#core/console/frames.ts';

const session = '0b9f6a52-5a7e-4e5c-9d53-7c9d1f0c2a11';
const ticket = (letter: string) => letter.repeat(43);
const bytes = (text: string) => new TextEncoder().encode(text);

/** A connection as the relay sees it. */
interface Call {
  url: URL;
  events: SocketEvents;
  sent: ConsoleFrame[];
  closed: boolean;
  say(frame: ConsoleFrame): void;
}

let calls: Call[];
let states: LinkState[];
let screen: string;
let notices: string[];
let takeIn: (() => void)[] | undefined;
let link: ConsoleLink;

function call(): Call {
  return calls.at(-1)!;
}

function ready(letter: string, received = 0): void {
  call().events.opened();
  call().say({ v: 1, t: 'ready', session, resume: ticket(letter), peer: true });
  call().say({ v: 1, t: 'peer', here: true, received });
}

function out(n: number, text: string): void {
  call().say({ v: 1, t: 'out', n, d: toBase64(bytes(text)) });
}

const sentOf = <T extends ConsoleFrame['t']>(t: T) =>
  call().sent.filter((frame): frame is Extract<ConsoleFrame, { t: T }> => frame.t === t);
const typed = () => sentOf('in').map(({ n, d }) => `${n}:${atob(d)}`);

beforeEach(() => {
  vi.useFakeTimers();
  calls = [];
  states = [];
  notices = [];
  screen = '';
  takeIn = undefined;
  link = openConsoleLink({
    url: `wss://relay.example/stage?ticket=${ticket('a')}`,
    connect(url, events) {
      const made: Call = {
        url: new URL(url),
        events,
        sent: [],
        closed: false,
        say: (frame) => events.message(encodeFrame(frame)),
      };
      calls.push(made);
      return {
        send: (text) => made.sent.push(decodeFrame(text)),
        close: () => {
          made.closed = true;
        },
      };
    },
    timers: {
      now: () => Date.now(),
      after(ms, deed) {
        const timer = setTimeout(deed, ms);
        return () => clearTimeout(timer);
      },
    },
    random: () => 0.5,
    size: () => ({ cols: 80, rows: 24 }),
    write(data, taken) {
      screen += new TextDecoder().decode(data);
      if (takeIn) takeIn.push(taken);
      else taken();
    },
    notice: (text) => notices.push(text),
    changed: (state) => states.push(state),
  });
});

afterEach(() => {
  link.close('test over');
  vi.useRealTimers();
});

test('greets, opens, shows and types', () => {
  expect(call().url.searchParams.get('ticket')).toBe(ticket('a'));
  link.type(bytes('early'));
  ready('b');
  expect(sentOf('hello')).toEqual([{ v: 1, t: 'hello', received: 0, cols: 80, rows: 24 }]);
  expect(states.map(({ name }) => name)).toEqual(['open']);
  out(1, 'hq*CLI> ');
  link.type(bytes('c'));
  expect(screen).toBe('hq*CLI> ');
  expect(typed()).toEqual(['1:early', '2:c']);
  call().say({ v: 1, t: 'notice', text: 'no shell here' });
  expect(notices).toEqual(['no shell here']);
});

test('waits for the PBX, at first and after it went', () => {
  call().events.opened();
  call().say({ v: 1, t: 'ready', session, resume: ticket('b'), peer: false });
  expect(link.state).toEqual({ name: 'waiting', again: false });
  link.type(bytes('x'));
  expect(typed()).toEqual([]);
  call().say({ v: 1, t: 'peer', here: true, received: 0 });
  expect(typed()).toEqual(['1:x']);
  call().say({ v: 1, t: 'peer', here: false });
  expect(link.state).toEqual({ name: 'waiting', again: true });
  link.type(bytes('y'));
  expect(typed()).toEqual(['1:x']);
  call().say({ v: 1, t: 'peer', here: true, received: 1 });
  expect(typed()).toEqual(['1:x', '2:y']);
});

test('acknowledges what the terminal has taken in, not what came', () => {
  takeIn = [];
  ready('b');
  for (let n = 1; n <= 9; n += 1) out(n, String(n));
  vi.advanceTimersByTime(1000);
  expect(sentOf('ack')).toEqual([]);
  for (const taken of takeIn.slice(0, 8)) taken();
  expect(sentOf('ack')).toEqual([{ v: 1, t: 'ack', n: 8 }]);
  takeIn[8]?.();
  vi.advanceTimersByTime(100);
  expect(sentOf('ack').at(-1)).toEqual({ v: 1, t: 'ack', n: 9 });
});

test('goes on after a lost connection: nothing lost, nothing twice', () => {
  ready('b');
  out(1, 'one ');
  link.type(bytes('a'));
  link.type(bytes('b'));
  call().events.closed();
  expect(link.state.name).toBe('reconnecting');
  link.type(bytes('c'));
  vi.advanceTimersByTime(500);
  expect(calls).toHaveLength(2);
  expect(call().url.searchParams.get('ticket')).toBe(ticket('b'));
  ready('c', 1);
  expect(sentOf('hello')[0]?.received).toBe(1);
  expect(typed()).toEqual(['2:b', '3:c']);
  expect(sentOf('size')).toHaveLength(1);
  out(1, 'one ');
  out(3, 'three');
  out(2, 'two ');
  expect(screen).toBe('one two three');
  // The next one uses the newest ticket.
  call().events.closed();
  vi.advanceTimersByTime(500);
  expect(call().url.searchParams.get('ticket')).toBe(ticket('c'));
});

test('an old connection that wakes up changes nothing', () => {
  ready('b');
  const old = call();
  old.events.closed();
  vi.advanceTimersByTime(500);
  old.say({ v: 1, t: 'end', code: 'closed', reason: 'late' });
  old.events.closed();
  expect(calls).toHaveLength(2);
  expect(link.state.name).toBe('reconnecting');
});

test('gives up after two minutes, and at once where it never was connected', () => {
  ready('b');
  call().events.closed();
  for (let seconds = 0; seconds < 130; seconds += 1) {
    vi.advanceTimersByTime(1000);
    if (link.state.name === 'reconnecting') call().events.closed();
  }
  expect(link.state).toMatchObject({ name: 'ended', code: 'peer-lost' });
  expect(calls.length).toBeGreaterThan(20);
  expect(calls.length).toBeLessThan(60);
});

test('a ticket that is refused ends it', () => {
  call().events.closed();
  expect(link.state).toMatchObject({ name: 'ended', code: 'unreachable' });
  vi.advanceTimersByTime(60_000);
  expect(calls).toHaveLength(1);
});

test('asks whether anybody is there, and connects anew when nobody is', () => {
  ready('b');
  vi.advanceTimersByTime(62_000);
  expect(sentOf('ping')).toHaveLength(1);
  call().say({ v: 1, t: 'pong' });
  vi.advanceTimersByTime(64_000);
  expect(sentOf('ping')).toHaveLength(2);
  expect(calls).toHaveLength(1);
  vi.advanceTimersByTime(34_000);
  expect(calls[0]?.closed).toBe(true);
  expect(calls).toHaveLength(2);
});

test('connects anew before the gateway would end the connection', () => {
  const started = Date.now();
  ready('b');
  for (let times = 0; times < 111 * 6 && calls.length < 2; times += 1) {
    call().say({ v: 1, t: 'pong' });
    vi.advanceTimersByTime(10_000);
  }
  expect(Date.now() - started).toBeLessThan(110 * 60_000);
  expect(calls).toHaveLength(2);
});

test('connects anew for a frame that never comes, and for keys that nobody acknowledges', () => {
  ready('b');
  out(2, 'two');
  vi.advanceTimersByTime(13_000);
  expect(calls).toHaveLength(2);
  ready('c');
  link.type(bytes('k'));
  vi.advanceTimersByTime(33_000);
  expect(calls).toHaveLength(3);
});

test('refuses a paste that is too large, whole', () => {
  expect(link.type(new Uint8Array(inputLimit + 1))).toBe(false);
  expect(link.type(new Uint8Array(inputLimit).fill(65))).toBe(true);
  expect(link.type(bytes('x'))).toBe(false);
  ready('b');
  expect(sentOf('in').map(({ d }) => atob(d).length)).toEqual([16_384, 16_384, 16_384, 16_384]);
});

test('holds back what the window does not take', () => {
  ready('b');
  for (let n = 0; n < 40; n += 1) link.type(bytes('x'));
  expect(sentOf('in')).toHaveLength(32);
  call().say({ v: 1, t: 'ack', n: 30 });
  expect(typed().at(-1)).toBe(`33:${'x'.repeat(8)}`);
});

test.each<[string, ConsoleFrame]>([
  ['a frame of the wrong side', { v: 1, t: 'in', n: 1, d: 'YQ==' }],
  ['an acknowledgement of what was never sent', { v: 1, t: 'ack', n: 7 }],
  ['a frame far ahead', { v: 1, t: 'out', n: 999, d: 'YQ==' }],
])('ends at %s', (_, frame) => {
  ready('b');
  call().say(frame);
  expect(link.state).toMatchObject({ name: 'ended', code: 'protocol' });
  expect(sentOf('end')).toMatchObject([{ code: 'protocol' }]);
});

test('ends as it is told, or tells it', () => {
  ready('b');
  call().say({ v: 1, t: 'end', code: 'idle', reason: 'nothing was typed for 30 minutes' });
  expect(link.state).toEqual({ name: 'ended', code: 'idle', reason: 'nothing was typed for 30 minutes' });
  expect(call().closed).toBe(true);
  link.close('too late');
  expect(states.filter(({ name }) => name === 'ended')).toHaveLength(1);
});

test('closing tells the other side why', () => {
  ready('b');
  link.close('the window was closed');
  expect(sentOf('end')).toEqual([{ v: 1, t: 'end', code: 'closed', reason: 'the window was closed' }]);
  expect(call().closed).toBe(true);
});

test('tells a new size while the PBX is there', () => {
  link.resized();
  ready('b');
  link.resized();
  expect(sentOf('size')).toHaveLength(2);
});

test('does not sit out the pause when the network is back', () => {
  ready('b');
  call().events.closed();
  link.retryNow();
  expect(calls).toHaveLength(2);
  link.retryNow();
  expect(calls).toHaveLength(2);
});
