import { describe, expect, it } from 'vitest';
import { newSession } from '#core/console/session-life.ts';
import type { ConsoleSession, ConsoleSessions } from '#core/ports/console-sessions.ts';

type Make = () => ConsoleSessions | Promise<ConsoleSessions>;

const now = 1_790_000_000.25;
const later = now + 10;
/** Sessions and connections have names of their own in a table that is shared. */
let count = 0;
const fresh = (name: string): string => `${name}-${(count += 1)}-${process.pid}`;

function session(): ConsoleSession {
  const opened = { pbx: 'acme_hq', user: { id: 7, name: 'Zoë 😀' }, address: '192.0.2.7' };
  return newSession({ id: crypto.randomUUID(), ...opened }, now);
}

async function opened(store: ConsoleSessions) {
  const made = session();
  const agent = { hash: fresh('agent'), expiresAt: now + 60 };
  const browser = { hash: fresh('browser'), expiresAt: now + 60 };
  await store.create(made, { agent, browser });
  return { id: made.id, made, agent: agent.hash, browser: browser.hash };
}

/** What every store of console sessions keeps to. `make` gives a store that has no sessions of this suite. */
export function describeConsoleSessions(name: string, make: Make): void {
  describe(`ConsoleSessions: ${name}`, () => {
    it('finds a session as it was made', async () => {
      const store = await make();
      const { id, made } = await opened(store);
      expect(await store.find(id)).toEqual(made);
      expect(await store.find(crypto.randomUUID())).toBeUndefined();
      const alone = { ...session(), address: null };
      const ticket = { hash: fresh('t'), expiresAt: now };
      await store.create(alone, { agent: ticket, browser: { ...ticket, hash: fresh('t') } });
      expect(await store.find(alone.id)).toEqual(alone);
    });

    it('lets a connection in by a ticket, once', async () => {
      const store = await make();
      const { id, made, browser } = await opened(store);
      const connection = fresh('c');
      const side = { connection, ready: false, left: null, received: 0, heardAt: later };
      const admitted = { ...made, browser: side };
      expect(await store.admit(browser, connection, later)).toEqual({
        session: admitted,
        role: 'browser',
        replaced: null,
      });
      expect(await store.ofConnection(connection)).toEqual({
        session: admitted,
        role: 'browser',
        left: false,
      });
      expect(await store.find(id)).toEqual(admitted);
      expect(await store.admit(browser, fresh('c'), later)).toBeUndefined();
    });

    it('lets one of two in that come with the same ticket at the same time', async () => {
      const store = await make();
      const { agent } = await opened(store);
      const both = await Promise.all([
        store.admit(agent, fresh('c'), later),
        store.admit(agent, fresh('c'), later),
      ]);
      expect(both.filter((admission) => admission !== undefined)).toHaveLength(1);
    });

    it('refuses tickets that are unknown, too old, or of a session that ended', async () => {
      const store = await make();
      const { id, made, agent, browser } = await opened(store);
      const refused = fresh('c');
      expect(await store.admit(fresh('unknown'), refused, later)).toBeUndefined();
      expect(await store.admit(agent, refused, now + 60)).toBeUndefined();
      expect(await store.ofConnection(refused)).toBeUndefined();
      expect(await store.remove(id)).toEqual(made);
      expect(await store.admit(browser, refused, later)).toBeUndefined();
    });

    it('takes one hello of a connection, which makes it ready and gives it the next ticket', async () => {
      const store = await make();
      const { id, agent } = await opened(store);
      const connection = fresh('c');
      await store.admit(agent, connection, later);
      const ticket = { hash: fresh('next'), expiresAt: now + 3600 };
      const hello = { received: 5, now: later + 1, ticket };
      const greeted = await store.greet(id, 'agent', connection, hello);
      expect(greeted?.agent).toEqual({
        connection,
        ready: true,
        left: null,
        received: 5,
        heardAt: later + 1,
      });
      const again = () => ({ ...hello, ticket: { ...ticket, hash: fresh('again') } });
      expect(await store.greet(id, 'agent', connection, again())).toBeUndefined();
      expect(await store.greet(id, 'browser', connection, again())).toBeUndefined();
      expect(await store.admit(ticket.hash, fresh('c'), later + 2)).toMatchObject({
        role: 'agent',
        replaced: connection,
      });
    });

    it('lets a side come again by the ticket of its hello until the next hello, and not after it', async () => {
      const store = await make();
      const { id, agent } = await opened(store);
      const [first, broken, second] = [fresh('c'), fresh('c'), fresh('c')];
      await store.admit(agent, first, later);
      const next = { hash: fresh('next'), expiresAt: now + 3600 };
      await store.greet(id, 'agent', first, { received: 0, now: later, ticket: next });
      expect(await store.admit(next.hash, broken, later)).toMatchObject({ replaced: first });
      await store.leave(id, 'agent', broken, later);
      expect(await store.admit(next.hash, second, later)).toMatchObject({ replaced: null });
      expect(await store.ofConnection(broken)).toBeUndefined();
      const last = { hash: fresh('last'), expiresAt: now + 3600 };
      await store.greet(id, 'agent', second, { received: 0, now: later, ticket: last });
      expect(await store.admit(next.hash, fresh('c'), later)).toBeUndefined();
      expect(await store.admit(last.hash, fresh('c'), now + 3600)).toBeUndefined();
      expect(await store.find(id)).toMatchObject({ agent: { connection: second, ready: true } });
    });

    it('lets nothing more be done by a connection that was replaced', async () => {
      const store = await make();
      const { id, agent } = await opened(store);
      const [first, second] = [fresh('c'), fresh('c')];
      await store.admit(agent, first, later);
      const ticket = { hash: fresh('next'), expiresAt: now + 3600 };
      await store.greet(id, 'agent', first, { received: 0, now: later, ticket });
      await store.admit(ticket.hash, second, later);
      const before = await store.find(id);
      expect(before?.agent).toMatchObject({ connection: second, ready: false });
      expect(await store.ofConnection(first)).toBeUndefined();
      const hello = { received: 9, now: later, ticket: { ...ticket, hash: fresh('stolen') } };
      expect(await store.greet(id, 'agent', first, hello)).toBeUndefined();
      await store.heard(id, 'agent', first, later + 50, true);
      expect(await store.leave(id, 'agent', first, later + 50)).toBe(false);
      expect(await store.find(id)).toEqual(before);
      expect(await store.admit(hello.ticket.hash, fresh('c'), later)).toBeUndefined();
    });

    it('keeps when a side was heard and when anything was typed or shown', async () => {
      const store = await make();
      const { id, agent } = await opened(store);
      const connection = fresh('c');
      await store.admit(agent, connection, later);
      await store.heard(id, 'agent', connection, later + 1, false);
      expect(await store.find(id)).toMatchObject({ activeAt: now, agent: { heardAt: later + 1 } });
      await store.heard(id, 'agent', connection, later + 2, true);
      expect(await store.find(id)).toMatchObject({ activeAt: later + 2, agent: { heardAt: later + 2 } });
    });

    it('lets a side leave once, and come back', async () => {
      const store = await make();
      const { id, agent } = await opened(store);
      const connection = fresh('c');
      await store.admit(agent, connection, later);
      const ticket = { hash: fresh('next'), expiresAt: now + 3600 };
      await store.greet(id, 'agent', connection, { received: 3, now: later, ticket });
      expect(await store.leave(id, 'agent', connection, later + 1)).toBe(true);
      expect(await store.leave(id, 'agent', connection, later + 2)).toBe(false);
      const away = { connection: null, ready: false, left: connection, received: 3, heardAt: later + 1 };
      expect((await store.find(id))?.agent).toEqual(away);
      expect(await store.ofConnection(connection)).toMatchObject({ role: 'agent', left: true });
      expect(await store.admit(ticket.hash, fresh('c'), later + 3)).toMatchObject({ replaced: null });
      expect(await store.ofConnection(connection)).toBeUndefined();
      expect((await store.find(id))?.agent.left).toBeNull();
    });

    it('removes a session for the first who asks, with its tickets and connections', async () => {
      const store = await make();
      const { id, agent } = await opened(store);
      const connection = fresh('c');
      await store.admit(agent, connection, later);
      const ticket = { hash: fresh('next'), expiresAt: now + 3600 };
      await store.greet(id, 'agent', connection, { received: 0, now: later, ticket });
      const removed = await Promise.all([store.remove(id), store.remove(id)]);
      expect(removed.filter((one) => one !== undefined)).toHaveLength(1);
      expect(await store.find(id)).toBeUndefined();
      expect(await store.ofConnection(connection)).toBeUndefined();
      expect(await store.admit(ticket.hash, fresh('c'), later)).toBeUndefined();
      const hello = { received: 0, now: later, ticket: { ...ticket, hash: fresh('late') } };
      expect(await store.greet(id, 'agent', connection, hello)).toBeUndefined();
      await store.heard(id, 'agent', connection, later, true);
      expect(await store.find(id)).toBeUndefined();
    });

    it('lists the sessions that are open', async () => {
      const store = await make();
      const [one, two, gone] = [await opened(store), await opened(store), await opened(store)];
      await store.remove(gone.id);
      const listed: ConsoleSession[] = [];
      for await (const page of store.open()) listed.push(...page);
      const ids = listed.map(({ id }) => id);
      expect(ids).toEqual(expect.arrayContaining([one.id, two.id]));
      expect(ids).not.toContain(gone.id);
      expect(listed).toContainEqual(one.made);
    });
  });
}
