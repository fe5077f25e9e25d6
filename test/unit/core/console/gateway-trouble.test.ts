import { expect, test } from 'vitest';
import { isGatewayTrouble } from '#core/console/gateway-trouble.ts';

const trouble = { message: 'Internal server error', connectionId: 'c1=', requestId: 'r1=' };

test.each([
  ['a failing function', trouble, true],
  ['too many messages', { message: 'Too Many Requests', requestId: 'r1=' }, true],
  ['a frame', { v: 1, t: 'pong' }, false],
  ['a frame that would look like it', { v: 1, ...trouble }, false],
  ['another object', { message: 'hello' }, false],
])('%s', (_name, value, told) => {
  expect(isGatewayTrouble(JSON.stringify(value))).toBe(told);
});

test('what is not JSON is no word of the gateway', () => {
  expect(isGatewayTrouble('Internal server error')).toBe(false);
});
