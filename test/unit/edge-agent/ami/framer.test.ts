import { describe, expect, test } from 'vitest';
import { frame, headersOf, inPieces, wire } from '#test/support/ami-text.ts';

const hangup = 'Event: Hangup\nChannel: PJSIP/a-1\nCause: 16\n\n';
const hangupHeaders = { Event: 'Hangup', Channel: 'PJSIP/a-1', Cause: '16' };

describe('messages', () => {
  test('the banner is one line without a blank line after it', () => {
    const { messages } = frame([wire(`Asterisk Call Manager/11.0.0\n${hangup}`)], { banner: true });
    expect(messages[0]).toEqual({ kind: 'banner', text: 'Asterisk Call Manager/11.0.0' });
    expect(headersOf({ messages })).toEqual([hangupHeaders]);
  });

  test('a stream may begin without a banner', () => {
    expect(headersOf(frame([wire(hangup)], { banner: true }))).toEqual([hangupHeaders]);
  });

  test('an endless first line is a banner all the same', () => {
    const { messages } = frame([Buffer.alloc(5000, 'x')], { banner: true });
    expect(messages[0]?.kind).toBe('banner');
  });

  test('the first header tells: OriginateResponse is an event though it has a Response', () => {
    const text =
      'Event: OriginateResponse\nResponse: Failure\nReason: 0\n\nResponse: Success\nActionID: 1\n\n';
    expect(frame([wire(text)]).messages.map(({ kind }) => kind)).toEqual(['event', 'response']);
  });

  test('extra blank lines and CRLF LF terminators', () => {
    const text = '\r\n\r\nEvent: A\r\nX: 1\r\n\n\r\nEvent: B\r\n\r\n\r\n\r\nEvent: C\r\n\n';
    for (const size of [1, 2, 3, 1000]) {
      const framed = frame(inPieces(Buffer.from(text), size));
      expect(headersOf(framed).map((headers) => headers['Event'])).toEqual(['A', 'B', 'C']);
      expect(framed.counts.damaged).toBe(0);
    }
  });
});

describe('headers', () => {
  const parse = (text: string) => headersOf(frame([wire(text)]))[0];

  test('blank values, values with ": ", no space after the colon, several spaces', () => {
    expect(parse('Event:X\nBlank: \nAlso:\nTime: a: b: c\nOutput:   two more\nUrl:sip:a@b\n\n')).toEqual({
      Event: 'X',
      Blank: '',
      Also: '',
      Time: 'a: b: c',
      Output: '  two more',
      Url: 'sip:a@b',
    });
  });

  test('a repeated header becomes a list, wherever it repeats', () => {
    expect(parse('Event: X\nVariable: a=1\nOther: y\nVariable: b=2\nVariable: c=3\n\n')).toEqual({
      Event: 'X',
      Variable: ['a=1', 'b=2', 'c=3'],
      Other: 'y',
    });
  });

  test('a header repeats within its message only', () => {
    const framed = frame([wire('Event: X\nA: 1\n\nEvent: X\nA: 2\n\n')]);
    expect(headersOf(framed)).toEqual([
      { Event: 'X', A: '1' },
      { Event: 'X', A: '2' },
    ]);
  });

  test('ChanVariable(channel) keeps the channel, colons and all', () => {
    expect(parse('Event: X\nChanVariable(SIP/h:5060-1): a=1\nChanVariable(SIP/h:5060-1): b=2\n\n')).toEqual({
      Event: 'X',
      'ChanVariable(SIP/h:5060-1)': ['a=1', 'b=2'],
    });
  });

  test('names that objects inherit elsewhere are headers like any other', () => {
    const headers = frame([wire('Event: UserEvent\n__proto__: a\nconstructor: b\ntoString: c\n\n')])
      .messages[0];
    if (headers?.kind !== 'event') throw new Error('no event');
    expect(Object.entries(headers.headers)).toEqual([
      ['Event', 'UserEvent'],
      ['__proto__', 'a'],
      ['constructor', 'b'],
      ['toString', 'c'],
    ]);
    expect(headers.headers['hasOwnProperty']).toBeUndefined();
    expect(headers.headers['a0']).toBeUndefined();
  });

  test('UTF-8 is decoded, broken UTF-8 replaced, and neither shifts the other headers', () => {
    const bytes = Buffer.concat([
      wire('Event: X\nName: José 🙂\nKey'),
      Buffer.from([0xc3, 0xa9]),
      wire(': 1\nBad: '),
      Buffer.from([0x4a, 0xe9, 0x41, 0xff]),
      wire('\nAfter: ok\n\n'),
    ]);
    for (const size of [1, 3, 1000]) {
      expect(headersOf(frame(inPieces(bytes, size)))).toEqual([
        { Event: 'X', Name: 'José 🙂', Keyé: '1', Bad: 'J\u{fffd}A\u{fffd}', After: 'ok' },
      ]);
    }
  });

  test('a line without a header is dropped and counted', () => {
    const framed = frame([wire('Event: X\nno header here\nA: 1\n\n')]);
    expect(headersOf(framed)).toEqual([{ Event: 'X', A: '1' }]);
    expect(framed.counts.malformedLines).toBe(1);
  });

  test('more invented names than are interned', () => {
    const lines = Array.from({ length: 5000 }, (_, i) => `Key${i}: ${i}`);
    const headers = parse(`Event: X\n${lines.join('\n')}\n\n`);
    expect(Object.keys(headers ?? {})).toHaveLength(5001);
    expect(headers?.['Key4999']).toBe('4999');
  });
});

describe('what is wanted', () => {
  const stream = wire(
    'Event: VarSet\nA: 1\n\nEvent: Hangup\n\nResponse: Success\n\nEvent:Cdr\n\nEvent: Hangu\n\n',
  );

  test('a set: the others are skipped and counted, responses are always taken', () => {
    const framed = frame([stream], { wanted: new Set(['Hangup', 'Cdr']) });
    expect(headersOf(framed)).toEqual([{ Event: 'Hangup' }, { Response: 'Success' }, { Event: 'Cdr' }]);
    expect(framed.counts).toEqual({ messages: 5, skipped: 2, damaged: 0, malformedLines: 0 });
  });

  test('none: count only', () => {
    const framed = frame([stream], { wanted: 'none' });
    expect(headersOf(framed)).toEqual([{ Response: 'Success' }]);
    expect(framed.counts).toMatchObject({ messages: 5, skipped: 4 });
  });

  test('can change between messages', () => {
    const { framer } = frame([], { wanted: 'none' });
    framer.push(wire('Event: A\n\nEvent: A\n\n'));
    framer.setWanted(new Set(['A']));
    expect(framer.take()?.kind).toBe('event');
    framer.setWanted('none');
    expect(framer.take()).toBeUndefined();
  });
});

describe('Command output', () => {
  test('Response: Follows keeps blank lines and what looks like headers', () => {
    const output = 'Name: Value\n\n\r\n\r\nEvent list\nlast';
    const text = `Response: Follows\r\nPrivilege: Command\r\nActionID: 7\r\n${output}\n--END COMMAND--\r\n\r\n`;
    for (const size of [1, 5, 1000]) {
      const framed = frame(inPieces(Buffer.concat([Buffer.from(text), wire(hangup)]), size));
      expect(headersOf(framed)).toEqual([
        {
          Response: 'Follows',
          Privilege: 'Command',
          ActionID: '7',
          Output: ['Name: Value', '', '', '', 'Event list', 'last'],
        },
        hangupHeaders,
      ]);
    }
  });

  test('Response: Follows without its end mark ends before the next message', () => {
    const text = wire(`Response: Follows\nActionID: 7\nhalf of the out\n\n${hangup}`);
    for (const size of [1, 1000]) {
      expect(headersOf(frame(inPieces(text, size))).at(-1)).toEqual(hangupHeaders);
    }
  });

  test('Output headers: blank lines and CRs that the command printed', () => {
    const bytes = Buffer.from('Response: Success\r\nOutput: \r\nOutput: a\r\r\nOutput: b\r\n\r\n');
    expect(headersOf(frame([bytes]))).toEqual([{ Response: 'Success', Output: ['', 'a', 'b'] }]);
  });
});

describe('damage', () => {
  const whole = 'Event: Hangup\nPrivilege: call,all\nCause: 16\n\n';
  const wholeHeaders = { Event: 'Hangup', Privilege: 'call,all', Cause: '16' };

  test.each([
    ['garbage before a blank line', `nonsense\nmore: nonsense\n\n${whole}`],
    [
      'an event cut off at the end of a line',
      `Event: VarSet\nPrivilege: dialplan,all\nVariable: x\n${whole}`,
    ],
    ['an event cut off inside a line', `Event: VarSet\nPrivilege: dialplan,all\nVariable: x${whole}`],
    ['an event cut off after its name', `Event: VarSet\n${whole}`],
  ])('%s: the next event is taken', (_, text) => {
    for (const size of [1, 2, 7, 1000]) {
      for (const wanted of ['all', new Set(['Hangup'])] as const) {
        const framed = frame(inPieces(wire(text), size), { wanted });
        expect(headersOf(framed)).toEqual([wholeHeaders]);
        expect(framed.counts.damaged).toBe(1);
      }
    }
  });

  test('two events in one, with no telling whose headers: neither is taken', () => {
    const framed = frame([wire('Event: A\nX: 1\nEvent: B\nX: 2\n\n'), wire(whole)]);
    expect(headersOf(framed)).toEqual([wholeHeaders]);
    expect(framed.counts).toMatchObject({ messages: 1, damaged: 1 });
  });

  test('a UserEvent may carry headers named Event and Privilege', () => {
    const text = 'Event: UserEvent\nPrivilege: user,all\nUserEvent: Foo\nPrivilege: mine\nEvent: Bar\n\n';
    expect(headersOf(frame([wire(text)]))).toEqual([
      { Event: 'UserEvent', Privilege: ['user,all', 'mine'], UserEvent: 'Foo' },
    ]);
  });

  test('a message over the limit is thrown away as it comes, the one after it is taken', () => {
    const limits = { maxMessageBytes: 10_000 };
    const huge = Buffer.from(`Event: Big\r\nPrivilege: x\r\nA: ${'x'.repeat(1_000_000)}`);
    for (const ending of ['\r\n\r\n', '', '\r\n']) {
      const stream = Buffer.concat([huge, Buffer.from(ending), wire(whole)]);
      const framed = frame(inPieces(stream, 1000), { limits });
      expect(headersOf(framed)).toEqual([wholeHeaders]);
      expect(framed.counts).toMatchObject({ messages: 1, damaged: 1 });
      expect(framed.framer.capacity).toBeLessThan(64 * 1024);
    }
  });

  test('a message of too many lines', () => {
    const text = `Event: Big\n${'A: 1\n'.repeat(300)}\n${whole}`;
    const framed = frame([wire(text)], { limits: { maxHeaders: 200 } });
    expect(headersOf(framed)).toEqual([wholeHeaders]);
    expect(framed.counts.damaged).toBe(1);
  });
});
