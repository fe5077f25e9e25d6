import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { actionIdOf, maxLineBytes, serializeAction } from '#edge-agent/ami/action.ts';
import { frame, headersOf } from '#test/support/ami-text.ts';
import type { AmiAction } from '#core/ports/ami.ts';

const refused = expect.objectContaining({ code: 'AMI_ACTION_INVALID' }) as unknown as Error;

test('Action and ActionID come first, a list repeats its header', () => {
  const action: AmiAction = { Variable: ['a=1', 'b=é'], Channel: 'Local/1@x', Action: 'Originate' };
  expect(serializeAction(action, 'id-1')).toBe(
    'Action: Originate\r\nActionID: id-1\r\nVariable: a=1\r\nVariable: b=é\r\nChannel: Local/1@x\r\n\r\n',
  );
});

describe('refused before anything is sent', () => {
  test.each(['\r', '\n', '\0', '\r\nAction: Logoff', 'a\nb'])('a value with %j', (text) => {
    expect(() => serializeAction({ Action: 'Ping', Data: text }, 'x')).toThrow(refused);
    expect(() => serializeAction({ Action: 'Ping', Data: ['ok', text] }, 'x')).toThrow(refused);
    expect(() => serializeAction({ Action: `Ping${text}` }, 'x')).toThrow(refused);
    expect(() => serializeAction({ Action: 'Ping' }, `x${text}`)).toThrow(refused);
  });

  test.each(['', 'a b', 'a:b', 'a\r\nb', 'é', '1x', '-x', 'a\0', ' a'])('the key %j', (key) => {
    expect(() => serializeAction({ Action: 'Ping', [key]: 'v' }, 'x')).toThrow(refused);
  });

  test('a line over 1,022 bytes, counted in UTF-8', () => {
    const fits = 'é'.repeat((maxLineBytes - 'Data: '.length) / 2);
    expect(serializeAction({ Action: 'Ping', Data: fits }, 'x')).toContain(fits);
    expect(() => serializeAction({ Action: 'Ping', Data: `${fits}x` }, 'x')).toThrow(/1023 bytes/);
  });

  test('more than 128 lines', () => {
    const variables = (count: number) => Array.from({ length: count }, (_, i) => `v${i}=1`);
    expect(
      serializeAction({ Action: 'Originate', Variable: variables(126) }, 'x').split('\r\n'),
    ).toHaveLength(130);
    expect(() => serializeAction({ Action: 'Originate', Variable: variables(127) }, 'x')).toThrow(
      /129 lines/,
    );
  });

  test('an ActionID over 67 characters', () => {
    expect(actionIdOf({ Action: 'Ping', ActionID: 'x'.repeat(67) })).toHaveLength(67);
    expect(() => actionIdOf({ Action: 'Ping', ActionID: 'x'.repeat(68) })).toThrow(refused);
  });

  test('a second Action, whatever its case, and no Action at all', () => {
    expect(() => serializeAction({ Action: 'Ping', ACTION: 'Logoff' }, 'x')).toThrow(refused);
    expect(() => serializeAction({} as AmiAction, 'x')).toThrow(refused);
  });

  test('values that are no strings', () => {
    const action = { Action: 'Ping', N: 1 } as unknown as AmiAction;
    expect(() => serializeAction(action, 'x')).toThrow(refused);
  });
});

test("a caller's ActionID is found in any spelling and written once", () => {
  const action = { Action: 'Ping', actionid: 'mine' };
  expect(actionIdOf(action)).toBe('mine');
  expect(serializeAction(action, 'mine').match(/mine/g)).toHaveLength(1);
});

test('whatever is accepted is one message with exactly the headers that were given', () => {
  const anything = fc.string({ unit: 'binary', maxLength: 30 });
  fc.assert(
    fc.property(
      fc.dictionary(fc.oneof(fc.constantFrom('Channel', 'Data', 'X-Y'), anything), anything),
      (headers) => {
        let wire: string;
        try {
          wire = serializeAction({ ...headers, Action: 'Ping' }, 'id');
        } catch (error) {
          expect(error).toEqual(refused);
          return;
        }
        // An action reads like a response once its first header is one.
        const read = headersOf(frame([Buffer.from(wire.replace(/^Action/, 'Response'))]));
        expect(read).toHaveLength(1);
        expect(Object.keys(read[0]!)).toHaveLength(
          Object.keys(headers).filter((k) => !/^action(id)?$/i.test(k)).length + 2,
        );
      },
    ),
    { numRuns: 300 },
  );
});
