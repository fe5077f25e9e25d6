import { expect, test } from 'vitest';
import { endingOf, newSession, sessionLife } from '#core/console/session-life.ts';
import type { ConsoleSession } from '#core/ports/console-sessions.ts';

const now = 1_790_000_000;
const fresh = newSession({ id: 'x', pbx: 'acme_hq', user: { id: 1, name: 'A' }, address: null }, now);
const side = { connection: 'c', ready: true, left: null, received: 0, heardAt: now };
const paired: ConsoleSession = { ...fresh, agent: side, browser: side };
const heard = (at: number) => ({ agent: { ...side, heardAt: at }, browser: { ...side, heardAt: at } });

test('a session lasts for a day', () => {
  const old = { ...paired, activeAt: now + 86_399, ...heard(now + 86_399) };
  expect(endingOf(old, now + 86_399)).toBeUndefined();
  expect(endingOf(old, now + 86_400)).toMatchObject({ code: 'limit' });
});

test('a side has two minutes to come, and to come back', () => {
  expect(endingOf(fresh, now + 120)).toBeUndefined();
  expect(endingOf(fresh, now + 121)).toMatchObject({
    code: 'expired',
    reason: 'The PBX did not connect in time.',
  });
  const away = { ...side, connection: null, heardAt: now + 1 };
  expect(endingOf({ ...paired, browser: away }, now + 121)).toBeUndefined();
  expect(endingOf({ ...paired, browser: away }, now + 122)).toMatchObject({
    code: 'peer-lost',
    reason: 'The browser did not come back.',
  });
});

test('a connection that sends not even a ping is taken for lost', () => {
  const quiet = { ...paired, ...heard(now) };
  expect(endingOf(quiet, now + sessionLife.silent)).toBeUndefined();
  expect(endingOf(quiet, now + sessionLife.silent + 1)).toMatchObject({ code: 'peer-lost' });
});

test('a session in which nothing happens ends', () => {
  const at = now + sessionLife.idle + 1;
  expect(endingOf({ ...paired, ...heard(at) }, at)).toMatchObject({ code: 'idle' });
  expect(endingOf({ ...paired, ...heard(at), activeAt: at - 10 }, at)).toBeUndefined();
});
