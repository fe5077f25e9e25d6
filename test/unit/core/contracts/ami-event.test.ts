import { expect, test } from 'vitest';
import { amiEventSchema } from '#core/contracts/ami-event.ts';

test.each([
  ['a header of any length', { Event: 'UserEvent', ['k'.repeat(3000)]: 'v' }],
  ['a header called __proto__', JSON.parse('{"Event":"UserEvent","__proto__":"p"}')],
  [
    'lists of texts, numbers and marks',
    { Event: 'Newchannel', Variable: ['a=1', ''], EventTime: 1.5, _truncated: true },
  ],
])('keeps %s', (_, event) => {
  expect(JSON.stringify(amiEventSchema.parse(event))).toBe(JSON.stringify(event));
});

test.each([
  ['no name', { Uniqueid: '1' }],
  ['a name that is no text', { Event: ['Hangup'] }],
  ['a name from the prototype', Object.create({ Event: 'Hangup' })],
  ['a value that is an object', { Event: 'Hangup', Cause: { code: 16 } }],
  ['null for a value', { Event: 'Hangup', Cause: null }],
  ['a list with a number', { Event: 'Hangup', Variable: ['a', 1] }],
  ['a number that JSON can not write', { Event: 'Hangup', EventTime: Infinity }],
  ['a list', ['Event']],
  ['a text', 'Event'],
])('refuses %s', (_, event) => {
  expect(amiEventSchema.safeParse(event).error?.issues[0]?.message).toMatch(/^an AMI event is/);
});
