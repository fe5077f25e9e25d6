import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { decodeFrame, encodeFrame } from '#core/console/frame-codec.ts';
import { createFrameReceiver } from '#core/console/frame-receiver.ts';
import { createFrameSender } from '#core/console/frame-sender.ts';
import { type FrameOf, consoleFrameSchema } from '#core/console/frames.ts';
import { consoleLimits } from '#core/console/limits.ts';
import { OdoopbxError } from '#core/errors/odoopbx-error.ts';

const step = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({ do: fc.constant('write'), bytes: fc.uint8Array({ minLength: 1, maxLength: 40 }) }),
  },
  {
    weight: 8,
    arbitrary: fc.record({ do: fc.constantFrom('deliver', 'deliver', 'repeat', 'ack'), pick: fc.nat() }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('reconnect') }) },
);

test('a connection that reorders, repeats, loses and drops: every byte arrives once, in order', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 300 }), (steps) => {
      const sender = createFrameSender('out');
      const receiver = createFrameReceiver();
      const written: number[] = [];
      const read: number[] = [];
      let frames: FrameOf<'out'>[] = [];
      let acks: number[] = [];
      const take = (at: number) => {
        const message = encodeFrame(frames[at % frames.length]!);
        const frame = decodeFrame(message) as FrameOf<'out'>;
        for (const part of receiver.accept(frame)) read.push(...part);
        acks.push(receiver.received);
      };
      /** Everything on its way is lost; the receiver says what it has and is sent the rest. */
      const reconnect = () => {
        acks = [];
        frames = sender.resend(receiver.received);
      };

      for (const one of steps) {
        if ('bytes' in one) {
          if (sender.room === 0) continue;
          frames.push(sender.next(one.bytes));
          written.push(...one.bytes);
        } else if (!('pick' in one)) reconnect();
        else if (one.do === 'ack') {
          if (acks.length > 0) sender.acknowledge(acks[one.pick % acks.length]!);
        } else if (frames.length > 0) {
          take(one.pick);
          if (one.do === 'deliver') frames.splice(one.pick % frames.length, 1);
        }
        expect(sender.kept).toBeLessThanOrEqual(consoleLimits.window);
        expect(receiver.waiting).toBeLessThanOrEqual(consoleLimits.reorder);
        expect(read).toEqual(written.slice(0, read.length));
      }
      reconnect();
      for (const [at] of frames.entries()) take(at);
      expect(read).toEqual(written);
      sender.acknowledge(receiver.received);
      expect(sender.kept).toBe(0);
    }),
    { numRuns: 300 },
  );
});

test('any text: a frame that means the same when sent on, or CONSOLE_PROTOCOL', () => {
  const types = consoleFrameSchema.options.map(({ shape }) => shape.t.value);
  const value = fc.oneof(
    fc.integer({ min: -1, max: 600 }),
    fc.base64String({ maxLength: 12 }),
    fc.boolean(),
    fc.jsonValue(),
  );
  const nearly = fc
    .tuple(
      fc.constantFrom(1, 1, 1, 2),
      fc.constantFrom(...types),
      fc.dictionary(
        fc.constantFrom('n', 'd', 'cols', 'rows', 'received', 'here', 'code', 'reason', 'text'),
        value,
      ),
    )
    .map(([v, t, rest]) => JSON.stringify({ v, t, ...rest }));
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.json(), nearly), (text) => {
      try {
        const frame = decodeFrame(text);
        expect(decodeFrame(encodeFrame(frame))).toEqual(frame);
      } catch (error) {
        if (!(error instanceof OdoopbxError)) throw error;
        expect(error.code).toBe('CONSOLE_PROTOCOL');
      }
    }),
    { numRuns: 3000 },
  );
});
