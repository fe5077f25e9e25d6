import { afterEach, describe, expect, it } from 'vitest';
import { silentLogger } from '#core/ports/logger.ts';
import { openSpool } from '#edge-agent/spool/open-spool.ts';
import { createPublisher } from '#edge-agent/spool/publisher.ts';
import type { Publisher, Spool } from '#edge-agent/spool/spool.ts';
import { agentStatus } from '#test/support/agent-statuses.ts';
import { FakeBus } from '#test/support/fake-bus.ts';
import { fixedRandom } from '#test/support/fixed-random.ts';
import { inlineStore } from '#test/support/inline-store.ts';
import {
  batchesOf,
  hangup,
  jobResult,
  kindsOf,
  pbx,
  spoolFolder,
  uniqueidsOf,
} from '#test/support/spool-fixtures.ts';
import { timerClock } from '#test/support/timer-clock.ts';

const cleanUps: (() => void)[] = [];
afterEach(() => {
  for (const cleanUp of cleanUps.splice(0)) cleanUp();
});

async function setUp() {
  const { path, remove } = spoolFolder();
  const clock = timerClock();
  const bus = new FakeBus();
  const random = fixedRandom(0.999);
  let rulesVersion: string | null = null;
  const open = (): Promise<Spool> =>
    openSpool(
      {
        path,
        pbx,
        maxBytes: 10_000_000,
        maxAgeMs: 86_400_000,
        clock,
        random,
        logger: silentLogger,
        rulesVersion: () => rulesVersion,
      },
      inlineStore(),
    );
  const spool = await open();
  const publisher: Publisher = createPublisher({ spool, bus, clock, random, logger: silentLogger });
  cleanUps.push(() => {
    void publisher.stop({ drainMs: 0 });
    void clock.advance(1).then(() => spool.close());
    remove();
  });
  return {
    clock,
    bus,
    spool,
    publisher,
    open,
    setRulesVersion: (version: string) => {
      rulesVersion = version;
    },
    add: (name: string): void => {
      void spool.addEvent(hangup(name, clock.now()));
    },
  };
}

describe('batching', () => {
  it('closes a batch 100 ms after its first event', async () => {
    const { clock, bus, publisher, add } = await setUp();
    publisher.start();
    add('a');
    await clock.advance(50);
    add('b');
    await clock.advance(49);
    expect(bus.accepted).toEqual([]);
    await clock.advance(1);
    expect(uniqueidsOf(bus.accepted)).toEqual(['a', 'b']);
    expect(bus.accepted).toHaveLength(1);
  });

  it('closes a batch that is full at once', async () => {
    const { clock, bus, publisher, spool } = await setUp();
    publisher.start();
    for (let id = 0; id < 50; id += 1)
      void spool.addEvent(hangup(String(id), clock.now(), { Note: 'n'.repeat(2_000) }));
    await clock.advance(25); // the group commit alone
    expect(batchesOf(bus.accepted)).toHaveLength(1);
    await clock.advance(80);
    expect(uniqueidsOf(bus.accepted)).toEqual(Array.from({ length: 50 }, (_, id) => String(id)));
  });

  it('holds an event back until it is due, in the order of the due times', async () => {
    const { clock, bus, publisher, spool } = await setUp();
    publisher.start();
    void spool.addEvent(hangup('late', clock.now() + 2_000));
    void spool.addEvent(hangup('soon', clock.now() + 500));
    await clock.advance(599);
    expect(bus.accepted).toEqual([]);
    await clock.advance(2);
    expect(uniqueidsOf(bus.accepted)).toEqual(['soon']);
    await clock.advance(1_500);
    expect(uniqueidsOf(bus.accepted)).toEqual(['soon', 'late']);
  });

  it('stamps the rules version at the release', async () => {
    const { clock, bus, publisher, add, setRulesVersion } = await setUp();
    publisher.start();
    add('a');
    await clock.advance(200);
    setRulesVersion('f'.repeat(64));
    add('b');
    await clock.advance(200);
    expect(batchesOf(bus.accepted).map(({ rulesVersion }) => rulesVersion)).toEqual([null, 'f'.repeat(64)]);
  });
});

describe('a failure', () => {
  it('is tried again with growing pauses, the same bytes, before anything newer', async () => {
    const { clock, bus, publisher, add, setRulesVersion } = await setUp();
    publisher.start();
    add('a');
    bus.down = true;
    await clock.advance(200);
    add('b');
    setRulesVersion('f'.repeat(64));
    await clock.advance(60_000);
    const tries = bus.requests.length;
    expect(tries).toBeGreaterThan(5);
    expect(tries).toBeLessThan(15);
    bus.down = false;
    await clock.advance(31_000);
    expect(uniqueidsOf(bus.accepted)).toEqual(['a', 'b']);
    const details = new Set(bus.requests.slice(0, tries + 1).map((entries) => entries[0]!.detail));
    expect(details.size).toBe(1);
  });

  it('whose pause ends while the other lane is looked into is over', async () => {
    const { clock, bus, publisher, spool, add } = await setUp();
    const prepare = spool.prepare.bind(spool);
    spool.prepare = async (options) => {
      const request = await prepare(options);
      if (options.lanes.length === 1) await clock.sleep(300);
      return request;
    };
    bus.next({ kind: 'throttle' });
    publisher.start();
    add('a');
    await clock.advance(1000);
    expect(uniqueidsOf(bus.accepted)).toEqual(['a']);
  });

  it('of one entry sends that entry alone again, and only then newer ones', async () => {
    const { clock, bus, publisher, spool, add } = await setUp();
    for (let id = 0; id < 60; id += 1)
      void spool.addEvent(hangup(`x${id}`, clock.now(), { Note: 'n'.repeat(2_000) }));
    await clock.advance(200);
    bus.next({ kind: 'fail', places: [1], retryable: true });
    publisher.start();
    await clock.advance(1);
    add('newer');
    await clock.advance(1_000);
    const [first, second, third] = bus.requests;
    expect(first).toHaveLength(3);
    expect(second).toEqual([first![1]]);
    expect(uniqueidsOf(third!)).toEqual(['newer']);
  });

  it('for good is set aside with its error and counted, and the rest goes on', async () => {
    const { clock, bus, publisher, spool, add } = await setUp();
    bus.refuse = ({ detail }) => (detail.includes('poison') ? 'MalformedDetail' : undefined);
    publisher.start();
    add('poison');
    await clock.advance(200);
    add('well');
    await clock.advance(200);
    expect(uniqueidsOf(bus.accepted)).toEqual(['well']);
    expect(spool.stats()).toMatchObject({ items: 0, bytes: 0, setAside: 1, published: 1 });
    const [entry] = await spool.setAside(10);
    expect(entry).toMatchObject({
      error: 'MalformedDetail',
      detailType: 'ami.batch.v1',
      source: `pbx.${pbx}`,
    });
    expect(entry!.detail).toContain('poison');
  });

  it('of the answer alone sends the same numbers again', async () => {
    const { clock, bus, publisher, add, spool } = await setUp();
    bus.next({ kind: 'lost-answer' });
    publisher.start();
    add('a');
    await clock.advance(2_000);
    expect(bus.accepted).toHaveLength(2);
    expect(bus.accepted[1]).toEqual(bus.accepted[0]);
    expect(spool.stats().items).toBe(0);
  });

  it('to answer at all counts as unreachable after 30 s', async () => {
    const { clock, bus, publisher, add } = await setUp();
    bus.next({ kind: 'wait', until: new Promise(() => undefined) });
    publisher.start();
    add('a');
    await clock.advance(29_000);
    expect(bus.accepted).toEqual([]);
    await clock.advance(3_000);
    expect(uniqueidsOf(bus.accepted)).toEqual(['a']);
  });

  it('of events does not hold up a result', async () => {
    const { clock, bus, publisher, add, spool } = await setUp();
    bus.throttle = ({ detailType }) => detailType === 'ami.batch.v1';
    publisher.start();
    add('a');
    await clock.advance(60_000);
    void spool.addResult(jobResult('job-00001'));
    await clock.advance(1);
    expect(kindsOf(bus.accepted)).toEqual(['job.result.v1']);
  });
});

describe('a disk that fails', () => {
  it('does not send again what the bus took, but writes it down as soon as it can', async () => {
    const { clock, bus, publisher, spool, add } = await setUp();
    const { settle } = spool;
    spool.settle = () => Promise.reject(new Error('disk'));
    publisher.start();
    add('a');
    await clock.advance(120_000);
    expect(bus.requests).toHaveLength(1);
    expect(spool.stats().items).toBe(1);
    spool.settle = settle;
    add('b');
    await clock.advance(31_000);
    expect(uniqueidsOf(bus.accepted)).toEqual(['a', 'b']);
    expect(spool.stats()).toMatchObject({ items: 0, published: 2 });
  });

  it('is left alone for a while before the next request is prepared', async () => {
    const { clock, bus, publisher, spool, add } = await setUp();
    const { prepare } = spool;
    let tries = 0;
    spool.prepare = () => {
      tries += 1;
      return Promise.reject(new Error('disk'));
    };
    publisher.start();
    add('a');
    await clock.advance(120_000);
    expect(tries).toBeLessThan(20);
    spool.prepare = prepare;
    await clock.advance(31_000);
    expect(uniqueidsOf(bus.accepted)).toEqual(['a']);
  });
});

describe('results and statuses', () => {
  it('go out at once', async () => {
    const { clock, bus, publisher, spool } = await setUp();
    publisher.start();
    await clock.advance(1_000);
    void spool.addResult(jobResult('job-00001'));
    await clock.advance(0);
    spool.addStatus(agentStatus(pbx, 1_790_000_000));
    await clock.advance(0);
    expect(kindsOf(bus.accepted)).toEqual(['job.result.v1', 'agent.status.v1']);
    expect(JSON.parse(bus.accepted[0]!.detail)).toEqual(jobResult('job-00001'));
  });

  it('overtake a backlog of events, which still gets half of each request', async () => {
    const { clock, bus, publisher, spool } = await setUp();
    for (let id = 0; id < 600; id += 1)
      void spool.addEvent(hangup(String(id), clock.now(), { Note: 'n'.repeat(2_000) }));
    for (let id = 100; id < 120; id += 1) void spool.addResult(jobResult(`job-00${id}`));
    spool.addStatus(agentStatus(pbx, 1_790_000_000));
    await clock.advance(1_000);
    publisher.start();
    await clock.advance(1_000);
    const kinds = kindsOf(bus.requests[0]!);
    expect(kinds.slice(0, 6)).toEqual([
      'agent.status.v1',
      ...Array.from({ length: 5 }, () => 'job.result.v1'),
    ]);
    expect(kinds.slice(6)).toEqual(Array.from({ length: 4 }, () => 'ami.batch.v1'));
    expect(uniqueidsOf(bus.accepted)).toEqual(Array.from({ length: 600 }, (_, id) => String(id)));
    expect(spool.stats()).toMatchObject({ items: 0, bytes: 0, published: 620 });
  });

  it('that are large share requests of at most 1 MB', async () => {
    const { clock, bus, publisher, spool } = await setUp();
    for (let id = 100; id < 112; id += 1) void spool.addResult(jobResult(`job-00${id}`, 'r'.repeat(200_000)));
    await clock.advance(100);
    publisher.start();
    await clock.advance(1_000); // FakeBus throws past 1 MB
    expect(bus.accepted).toHaveLength(12);
  });

  it('keeps the latest status alone', async () => {
    const { clock, bus, publisher, spool } = await setUp();
    publisher.start();
    bus.down = true;
    for (const at of [1, 2, 3]) {
      spool.addStatus(agentStatus(pbx, at));
      await clock.advance(10_000);
    }
    bus.down = false;
    await clock.advance(31_000);
    expect(bus.accepted.map(({ detail }) => (JSON.parse(detail) as { at: number }).at)).toEqual([3]);
  });

  it('sends a status that came while the one before was in flight', async () => {
    const { clock, bus, publisher, spool } = await setUp();
    const answer = Promise.withResolvers<void>();
    bus.next({ kind: 'wait', until: answer.promise });
    publisher.start();
    spool.addStatus(agentStatus(pbx, 1));
    await clock.advance(10);
    spool.addStatus(agentStatus(pbx, 2));
    await clock.advance(10);
    answer.resolve();
    await clock.advance(10);
    expect(bus.accepted.map(({ detail }) => (JSON.parse(detail) as { at: number }).at)).toEqual([1, 2]);
  });
});

describe('stopping', () => {
  it('sends what is due, leaves what is not, and a new start goes on in an epoch of its own', async () => {
    const { clock, bus, publisher, spool, add, open } = await setUp();
    publisher.start();
    add('a');
    void spool.addEvent(hangup('later', clock.now() + 5_000));
    await clock.advance(30);
    const stopped = publisher.stop({ drainMs: 5_000 });
    await clock.advance(10);
    await stopped;
    expect(uniqueidsOf(bus.accepted)).toEqual(['a']);
    await spool.close();
    const again = await open();
    expect(again.stats().items).toBe(1);
    await clock.advance(6_000);
    const { entries } = await again.prepare({ lanes: ['events'], batchMs: 0 });
    const [before] = batchesOf(bus.accepted);
    const [after] = batchesOf(entries);
    expect(after).toMatchObject({ epoch: again.epoch, firstSeq: 1 });
    expect(after!.epoch > before!.epoch).toBe(true);
    await again.close();
  });

  it('gives up at the deadline when the bus is away, and nothing is lost', async () => {
    const { clock, bus, publisher, spool, add } = await setUp();
    bus.down = true;
    publisher.start();
    add('a');
    await clock.advance(200);
    const stopped = publisher.stop({ drainMs: 3_000 });
    await clock.advance(3_000);
    await stopped;
    expect(spool.stats().items).toBe(1);
  });
});
