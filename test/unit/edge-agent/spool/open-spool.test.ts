import { afterEach, describe, expect, it } from 'vitest';
import type { Logger } from '#core/ports/logger.ts';
import { openSpool } from '#edge-agent/spool/open-spool.ts';
import type { Spool, SpoolChange, SpoolOptions } from '#edge-agent/spool/spool.ts';
import type { OpenStore } from '#edge-agent/spool/store-link.ts';
import { openStoreThread } from '#edge-agent/spool/store-link.ts';
import { agentStatus } from '#test/support/agent-statuses.ts';
import { fixedRandom } from '#test/support/fixed-random.ts';
import { inlineStore } from '#test/support/inline-store.ts';
import {
  hangup,
  jobResult,
  keepingLogger,
  pbx,
  spoolFolder,
  uniqueidsOf,
} from '#test/support/spool-fixtures.ts';
import { timerClock } from '#test/support/timer-clock.ts';

const cleanUps: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).toReversed()) await cleanUp();
});

function setUp(openStore: OpenStore = openStoreThread) {
  const { path, remove } = spoolFolder();
  cleanUps.push(remove);
  const clock = timerClock();
  const logger = keepingLogger();
  const random = fixedRandom();
  const open = async (more: Partial<SpoolOptions> & { logger?: Logger } = {}): Promise<Spool> => {
    const bounds = { maxBytes: 10_000_000, maxAgeMs: 86_400_000 };
    const spool = await openSpool(
      { path, pbx, ...bounds, clock, random, logger, rulesVersion: () => null, ...more },
      openStore,
    );
    cleanUps.push(() => spool.close());
    return spool;
  };
  return { path, clock, logger, open };
}

const everything = { lanes: ['events', 'urgent'] as const, batchMs: 0 };

describe('a spool in a thread of its own', () => {
  it('keeps what was acknowledged across a restart', async () => {
    const { clock, open } = setUp();
    const before = await open();
    const added = [before.addEvent(hangup('a', clock.now())), before.addResult(jobResult('job-00001'))];
    await Promise.all(added);
    expect(before.stats()).toMatchObject({ items: 2, oldestAt: clock.now() });
    await before.close();
    const after = await open();
    const { entries } = await after.prepare(everything);
    expect(uniqueidsOf(entries)).toEqual(['a']);
    await after.settle({ accepted: entries, refused: [], failed: [] });
    expect(after.stats()).toMatchObject({ items: 0, bytes: 0, published: 2 });
  });

  it('commits what waits when it is closed, and takes nothing after', async () => {
    const { clock, logger, open } = setUp();
    const before = await open();
    const added = before.addEvent(hangup('a', clock.now()));
    await before.close();
    await added;
    await before.addEvent(hangup('b', clock.now()));
    await expect(before.addResult(jobResult('job-00001'))).rejects.toMatchObject({ code: 'SPOOL_FAILED' });
    expect(before.acceptsJobs()).toBe(false);
    expect(logger.said.map(({ line }) => line)).toEqual(['warn spool.dropped']);
    expect((await open()).stats().items).toBe(1);
  });

  it('says clearly that another agent has the file', async () => {
    const { open } = setUp();
    const first = await open();
    await expect(open()).rejects.toMatchObject({
      code: 'SPOOL_LOCKED',
      message: expect.stringContaining('in use by another agent'),
    });
    await first.close();
    await open();
  });

  it('says clearly where the file can not be', async () => {
    const { path, open } = setUp();
    await open();
    await expect(open({ path: `${path}/spool.sqlite` })).rejects.toMatchObject({ code: 'SPOOL_UNREADABLE' });
  });

  it('passes on what the thread has to say', async () => {
    const { clock, logger, open } = setUp();
    const spool = await open({ maxBytes: 1_000_000 });
    const note = { Note: 'n'.repeat(50_000) };
    for (let id = 0; id < 30; id += 1) void spool.addEvent(hangup(String(id), clock.now(), note));
    await spool.addResult(jobResult('job-00001')); // closes the group
    expect(spool.stats().dropped).toBeGreaterThan(5);
    expect(logger.said[0]).toMatchObject({ line: 'warn spool.dropped', fields: { reason: 'bytes' } });
  });
});

describe('what the spool takes', () => {
  it('cuts an event that no batch could carry, and counts it', async () => {
    const { clock, open } = setUp(inlineStore());
    const spool = await open();
    void spool.addEvent(hangup('a', clock.now(), { Note: 'n'.repeat(100_000) }));
    await clock.advance(20);
    expect(spool.stats()).toMatchObject({ items: 1, truncated: 1 });
  });

  it('refuses a result that the bus would not carry', async () => {
    const { open } = setUp(inlineStore());
    const spool = await open();
    const large = jobResult('job-00001', 'r'.repeat(210_000));
    await expect(spool.addResult(large)).rejects.toMatchObject({
      code: 'RESULT_TOO_LARGE',
      retryable: false,
    });
  });

  it('tells its listeners, until they stop listening', async () => {
    const { clock, open } = setUp(inlineStore());
    const spool = await open();
    const changes: SpoolChange[] = [];
    const stop = spool.onChange((change) => changes.push(change));
    void spool.addEvent(hangup('b', clock.now() + 500));
    void spool.addEvent(hangup('a', clock.now() + 200));
    await clock.advance(20);
    spool.addStatus(agentStatus(pbx, 1));
    stop();
    spool.addStatus(agentStatus(pbx, 2));
    expect(changes).toEqual([
      { urgent: false, bytes: expect.any(Number), earliestDueAt: clock.now() + 180 },
      { urgent: true, bytes: 0, earliestDueAt: null },
    ]);
  });

  it('asks for bounds that make sense', async () => {
    const { open } = setUp(inlineStore());
    await expect(open({ maxBytes: 10 })).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
      message: 'spool maxBytes is 10, it must be at least 1000000',
    });
    await expect(open({ maxAgeMs: Number.NaN })).rejects.toMatchObject({ code: 'CONFIG_INVALID' });
  });
});

describe('a full disk', () => {
  it('stops jobs and lets them go on by itself once there is room again', async () => {
    const { clock, open } = setUp(inlineStore({ maxPages: 800 }));
    const spool = await open();
    const note = { Note: 'n'.repeat(2_000) };
    for (let group = 0; group < 40; group += 1) {
      for (let id = 0; id < 50; id += 1) void spool.addEvent(hangup(String(id), clock.now(), note));
      await clock.advance(20);
    }
    expect(spool.acceptsJobs()).toBe(false);
    await clock.advance(60_000);
    expect(spool.acceptsJobs()).toBe(false);
    for (let { entries } = await spool.prepare(everything); entries.length > 0;) {
      await spool.settle({ accepted: entries, refused: [], failed: [] });
      ({ entries } = await spool.prepare(everything));
    }
    await clock.advance(5_000);
    expect(spool.acceptsJobs()).toBe(true);
  });
});
