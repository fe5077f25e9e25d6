import { expect, test } from 'vitest';
import { createFrameReceiver } from '#core/console/frame-receiver.ts';
import { createFrameSender } from '#core/console/frame-sender.ts';
import { consoleLimits } from '#core/console/limits.ts';

const bytes = (text: string) => new TextEncoder().encode(text);
const texts = (parts: Uint8Array[]) => parts.map((part) => new TextDecoder().decode(part));
const protocol = expect.objectContaining({ code: 'CONSOLE_PROTOCOL' });

test('frames are numbered from 1 and kept until they are acknowledged', () => {
  const sender = createFrameSender('out');
  expect(sender.next(bytes('a'))).toEqual({ v: 1, t: 'out', n: 1, d: 'YQ==' });
  sender.next(bytes('b'));
  sender.next(bytes('c'));
  sender.acknowledge(2);
  expect(sender.kept).toBe(1);
  sender.acknowledge(1);
  expect(sender.resend(2).map(({ n }) => n)).toEqual([3]);
  expect(sender.resend(1).map(({ n }) => n)).toEqual([3]);
  expect(sender.resend(3)).toEqual([]);
  expect(sender.next(bytes('d')).n).toBe(4);
});

test('no more than the window is kept', () => {
  const sender = createFrameSender('in', 2);
  sender.next(bytes('a'));
  expect(sender.room).toBe(1);
  sender.next(bytes('b'));
  expect(sender.room).toBe(0);
  expect(() => sender.next(bytes('c'))).toThrow(protocol);
  sender.acknowledge(1);
  expect(sender.next(bytes('c')).n).toBe(3);
});

test('what was never sent can not be acknowledged, nothing and too much can not be sent', () => {
  const sender = createFrameSender('out');
  sender.next(bytes('a'));
  expect(() => sender.acknowledge(2)).toThrow(protocol);
  expect(() => sender.resend(2)).toThrow(protocol);
  expect(() => sender.next(new Uint8Array(0))).toThrow(protocol);
  expect(() => sender.next(new Uint8Array(consoleLimits.dataBytes + 1))).toThrow(protocol);
  expect(sender.next(new Uint8Array(consoleLimits.dataBytes)).n).toBe(2);
});

test('bytes come out once and in order, however the frames came', () => {
  const receiver = createFrameReceiver();
  const frame = (n: number) => ({ n, d: btoa(String(n)) });
  expect(receiver.accept(frame(2))).toEqual([]);
  expect(receiver.accept(frame(3))).toEqual([]);
  expect(receiver.accept(frame(2))).toEqual([]);
  expect(receiver.waiting).toBe(2);
  expect(receiver.received).toBe(0);
  expect(texts(receiver.accept(frame(1)))).toEqual(['1', '2', '3']);
  expect(receiver.accept(frame(3))).toEqual([]);
  expect(receiver.received).toBe(3);
  expect(receiver.waiting).toBe(0);
});

test('a frame too far ahead is against the protocol', () => {
  const receiver = createFrameReceiver();
  expect(receiver.accept({ n: consoleLimits.reorder + 1, d: 'YQ==' })).toEqual([]);
  expect(() => receiver.accept({ n: consoleLimits.reorder + 2, d: 'YQ==' })).toThrow(protocol);
});

test('a repeated frame asks for an acknowledgement, as the one before was lost', () => {
  const receiver = createFrameReceiver();
  receiver.accept({ n: 1, d: 'YQ==' });
  receiver.acknowledged();
  expect(receiver.unacknowledged).toBe(0);
  receiver.accept({ n: 1, d: 'YQ==' });
  expect(receiver.unacknowledged).toBe(1);
});
