import { afterEach, describe, expect, test, vi } from 'vitest';
import { jobResultSchema } from '#core/contracts/job-result.ts';
import { type BenchOptions, gate, job, type JobBench, jobBench } from './job-bench.ts';

const open: JobBench[] = [];
function bench(options?: BenchOptions): JobBench {
  const made = jobBench(options);
  open.push(made);
  return made;
}
afterEach(async () => {
  await Promise.all(open.splice(0).map(({ receiver }) => receiver.stop({ drainMs: 0 })));
});
const until = (check: () => void) => vi.waitFor(check, { timeout: 5000, interval: 2 });

describe('a job', () => {
  test('is journaled, deleted, run and answered', async () => {
    const { receiver, source, spooled, runs, journal } = bench();
    const receipt = source.send(job({ id: 'job-run-1', args: [{ a: 1 }] }));
    receiver.start();
    await until(() => expect(spooled).toHaveLength(1));
    expect(jobResultSchema.parse(spooled[0])).toEqual({
      v: 1, pbx: 'acme_hq', jobId: 'job-run-1', status: 'done', result: { a: 1 },
      startedAt: 1_790_000_000, finishedAt: 1_790_000_000,
    }); // prettier-ignore
    expect(runs).toEqual([[{ a: 1 }]]);
    expect(source.deleted).toEqual([receipt]);
    await until(() => expect(journal.unreported()).toEqual([]));
    expect(receiver.counts()).toMatchObject({ finished: 1, duplicates: 0 });
  });

  test('has its row on disk when its message is deleted, and its message deleted when it runs', async () => {
    const order: string[] = [];
    const made = bench({ functions: [{ name: 'test.order', run: async () => void order.push('run') }] });
    const { add } = made.journal;
    made.journal.add = (...args) => (order.push('journal'), add(...args));
    const remove = made.source.delete.bind(made.source);
    made.source.delete = async (receipt) => (order.push('delete'), remove(receipt));
    made.source.send(job({ fun: 'test.order' }));
    made.receiver.start();
    await until(() => expect(made.spooled).toHaveLength(1));
    expect(order).toEqual(['journal', 'delete', 'run']);
  });

  test('that comes twice while it runs, or after it, runs once and answers once', async () => {
    const slow = gate('test.slow');
    const { receiver, source, spooled } = bench({ functions: [slow] });
    const twice = job({ fun: 'test.slow' });
    source.send(twice);
    source.send(twice);
    receiver.start();
    await until(() => expect(source.deleted).toHaveLength(2));
    slow.open();
    await until(() => expect(spooled).toHaveLength(1));
    source.send(twice);
    await until(() => expect(receiver.counts().duplicates).toBe(2));
    expect([slow.started, spooled.length, source.size]).toEqual([1, 1, 0]);
  });

  test('runs once although its message can not be deleted and comes again', async () => {
    const { receiver, source, spooled, runs } = bench();
    source.deletionFails = true;
    source.send(job());
    receiver.start();
    await until(() => expect(spooled).toHaveLength(1));
    source.deletionFails = false;
    source.redeliver();
    await until(() => expect(source.size).toBe(0));
    expect(runs).toHaveLength(1);
  });

  test('past its expiry is not run', async () => {
    const { receiver, source, spooled, runs } = bench();
    source.send(job({ expiresAt: 1_790_000_000 }));
    receiver.start();
    await until(() => expect(spooled).toHaveLength(1));
    expect(spooled[0]).toMatchObject({ status: 'expired', startedAt: null, error: { code: 'JOB_EXPIRED' } });
    expect(runs).toEqual([]);
    expect(source.size).toBe(0);
  });

  test('expires by the clock that wrote its deadline, where that is known', async () => {
    const fast = bench({ aheadSeconds: 3600 });
    const ofNow = job({ expiresAt: fast.clock.now() / 1000 - 3600 + 60 });
    fast.source.send(ofNow);
    fast.receiver.start();
    await until(() => expect(fast.runs).toHaveLength(1));
    const slow = bench({ aheadSeconds: -3600 });
    slow.source.send(job({ expiresAt: slow.clock.now() / 1000 + 60 }));
    slow.receiver.start();
    await until(() => expect(slow.spooled[0]).toMatchObject({ status: 'expired' }));
    expect(slow.runs).toEqual([]);
  });

  test('that expires while its message is being deleted is not run', async () => {
    const { receiver, source, spooled, runs, clock } = bench();
    source.delete = () => clock.advance(61_000);
    source.send(job());
    receiver.start();
    await until(() => expect(spooled[0]).toMatchObject({ status: 'expired' }));
    expect(runs).toEqual([]);
  });

  test('that takes too long fails, and its function is told', async () => {
    let signal: AbortSignal | undefined;
    const forever = {
      name: 'test.forever',
      run: (_a: unknown, _k: unknown, context: { signal: AbortSignal }) => {
        ({ signal } = context);
        return new Promise(() => {});
      },
    };
    const { receiver, source, spooled, clock } = bench({ functions: [forever] });
    source.send(job({ fun: 'test.forever', timeoutMs: 5000 }));
    receiver.start();
    await until(() => expect(signal).toBeDefined());
    await clock.advance(4000);
    expect(spooled).toEqual([]);
    await clock.advance(2000);
    await until(() => expect(spooled).toHaveLength(1));
    expect(spooled[0]).toMatchObject({ status: 'failed', error: { code: 'JOB_TIMEOUT' } });
    expect(signal?.aborted).toBe(true);
  });

  test('whose function raises fails with its message', async () => {
    const broken = { name: 'test.broken', run: () => Promise.reject(new TypeError('no such thing')) };
    const { receiver, source, spooled } = bench({ functions: [broken] });
    source.send(job({ fun: 'test.broken' }));
    receiver.start();
    await until(() => expect(spooled).toHaveLength(1));
    expect(spooled[0]).toMatchObject({
      status: 'failed',
      error: { code: 'JOB_FAILED', message: 'no such thing' },
    });
  });

  test('with too large a result fails and says how large it was', async () => {
    const { receiver, source, spooled } = bench();
    source.send(job({ args: ['ü'.repeat(100_000)] }));
    receiver.start();
    await until(() => expect(spooled).toHaveLength(1));
    expect(spooled[0]).toMatchObject({ status: 'failed', error: { code: 'RESULT_TOO_LARGE' } });
    expect(spooled[0]?.error?.message).toContain('200002');
  });

  test('of an unknown or forbidden function is refused, with what there is', async () => {
    const { receiver, source, spooled } = bench();
    source.send(job({ fun: 'test.nothing' }));
    source.send(job({ fun: 'asterisk.command', args: ['core show uptime'] }));
    receiver.start();
    await until(() => expect(spooled).toHaveLength(2));
    const byCode = new Map(spooled.map((result) => [result.error?.code, result]));
    expect(byCode.get('JOB_UNKNOWN_FUNCTION')?.status).toBe('refused');
    expect(byCode.get('JOB_UNKNOWN_FUNCTION')?.error?.message).toContain(
      'asterisk.manager_action, console.open, test.ping',
    );
    expect(byCode.get('JOB_REFUSED_BY_POLICY')?.error?.message).toContain('policy.functions');
  });
});

describe('a message that is no job', () => {
  test('is answered when it names an id', async () => {
    const { receiver, source, spooled } = bench();
    source.send({ ...job({ id: 'job-malformed' }), timeoutMs: 'soon', fun: 'x' });
    receiver.start();
    await until(() => expect(spooled).toHaveLength(1));
    expect(spooled[0]).toMatchObject({
      jobId: 'job-malformed',
      status: 'refused',
      error: { code: 'JOB_INVALID' },
    });
    expect(spooled[0]?.error?.message).toMatch(/fun: .*timeoutMs: /);
    expect(source.size).toBe(0);
  });

  test('is refused when it is nested without end, and does not hold up what is behind it', async () => {
    const { receiver, source, spooled, runs } = bench();
    const deep = '['.repeat(100_000) + ']'.repeat(100_000);
    source.send(JSON.stringify(job({ id: 'job-nested', args: ['here'] })).replace('"here"', deep));
    source.send(JSON.stringify(job({ args: ['next'] })));
    receiver.start();
    await until(() => expect(runs).toEqual([['next']]));
    await until(() => expect(source.size).toBe(0));
    expect(spooled[0]).toMatchObject({ jobId: 'job-nested', error: { code: 'JOB_INVALID' } });
  });

  test.each(['not json', '[]', 'null', '"x"', '{"id":"../../etc"}', '{"id":7}', '{}', ''])(
    'is counted and deleted when there is nobody to answer: %s',
    async (body) => {
      const { receiver, source, spooled } = bench();
      source.send(body);
      receiver.start();
      await until(() => expect(receiver.counts().unreadable).toBe(1));
      await until(() => expect(source.size).toBe(0));
      expect(spooled).toEqual([]);
    },
  );

  test('can not answer in the name of a job that ran', async () => {
    const { receiver, source, spooled } = bench();
    source.send(job({ id: 'job-genuine' }));
    receiver.start();
    await until(() => expect(spooled).toHaveLength(1));
    source.send({ id: 'job-genuine' });
    await until(() => expect(receiver.counts().duplicates).toBe(1));
    expect(spooled).toHaveLength(1);
  });
});

describe('the receiver', () => {
  test('runs no more jobs at once than it may, and leaves the rest in the queue', async () => {
    const slow = gate('test.slow');
    const { receiver, source, spooled } = bench({ functions: [slow], concurrency: 2 });
    for (let n = 0; n < 5; n += 1) source.send(job({ fun: 'test.slow' }));
    receiver.start();
    await until(() => expect(slow.started).toBe(2));
    expect(source.size).toBe(3);
    for (let n = 1; n <= 5; n += 1) {
      slow.open();
      await until(() => expect(spooled).toHaveLength(n));
      await until(() => expect(slow.started).toBe(Math.min(5, n + 2)));
    }
  });

  test('takes no jobs while the spool can not keep results', async () => {
    let accepts = false;
    const { receiver, source, spooled, clock } = bench({ spool: { acceptsJobs: () => accepts } });
    source.send(job());
    receiver.start();
    await clock.advance(5000);
    expect([source.size, spooled.length]).toEqual([1, 0]);
    accepts = true;
    await clock.advance(1000);
    await until(() => expect(spooled).toHaveLength(1));
  });

  test('backs off when the queue fails and goes on when it is back', async () => {
    const { receiver, source, spooled, clock } = bench();
    source.failures = [new Error('1'), new Error('2'), new Error('3')];
    source.send(job());
    receiver.start();
    // 0.75 s, 1.5 s and 3 s at half jitter.
    await clock.advance(700);
    expect(source.failures).toHaveLength(2);
    await clock.advance(100);
    expect(source.failures).toHaveLength(1);
    await clock.advance(1400);
    expect(source.failures).toHaveLength(1);
    await clock.advance(200);
    expect(source.failures).toHaveLength(0);
    await clock.advance(3000);
    await until(() => expect(spooled).toHaveLength(1));
  });

  test('runs nothing and deletes nothing when the journal can not be written', async () => {
    const made = bench();
    const { add } = made.journal;
    made.journal.add = () => {
      throw new Error('disk full');
    };
    made.source.send(job());
    made.receiver.start();
    await made.clock.advance(700);
    expect([made.runs.length, made.source.size, made.source.deleted.length]).toEqual([0, 1, 0]);
    made.journal.add = add;
    made.source.redeliver();
    await made.clock.advance(1000);
    await until(() => expect(made.spooled).toHaveLength(1));
  });

  test('reports a result again until the spool has it', async () => {
    let failures = 2;
    const got: string[] = [];
    const { receiver, source, clock, journal } = bench({
      spool: {
        addResult: async (result) => {
          failures -= 1;
          if (failures >= 0) throw new Error('SPOOL_FULL');
          got.push(result.jobId);
        },
      },
    });
    source.send(job({ id: 'job-again' }));
    receiver.start();
    await until(() => expect(failures).toBe(1));
    expect(journal.unreported()).toHaveLength(1);
    await clock.advance(10_000);
    await until(() => expect(got).toEqual(['job-again']));
    expect(journal.unreported()).toEqual([]);
  });

  test('on stop waits for running jobs and leaves the rest in the queue', async () => {
    const slow = gate('test.slow');
    const { receiver, source, spooled } = bench({ functions: [slow] });
    source.send(job({ fun: 'test.slow' }));
    receiver.start();
    await until(() => expect(slow.started).toBe(1));
    const stopped = receiver.stop({ drainMs: 60_000 });
    source.send(job({ fun: 'test.slow' }));
    slow.open('late but fine');
    await stopped;
    expect(spooled).toMatchObject([{ status: 'done', result: 'late but fine' }]);
    expect(source.size).toBe(1);
  });

  test('on stop leaves a message in the queue that arrives at this moment', async () => {
    const made = bench();
    const arrived = Promise.withResolvers<void>();
    made.source.receive = async () => {
      await arrived.promise;
      return [{ body: JSON.stringify(job()), receipt: 'late' }];
    };
    made.receiver.start();
    const stopped = made.receiver.stop({ drainMs: 1000 });
    arrived.resolve();
    await stopped;
    expect([made.runs, made.source.deleted, made.spooled]).toEqual([[], [], []]);
  });

  test('on stop reports what did not end in time as interrupted', async () => {
    const slow = gate('test.slow');
    const { receiver, source, spooled, clock, journal } = bench({ functions: [slow] });
    source.send(job({ fun: 'test.slow', timeoutMs: 100_000 }));
    receiver.start();
    await until(() => expect(slow.started).toBe(1));
    const stopped = receiver.stop({ drainMs: 3000 });
    await clock.advance(2900);
    expect(spooled).toEqual([]);
    await clock.advance(200);
    await stopped;
    expect(spooled).toMatchObject([{ status: 'interrupted', error: { code: 'JOB_INTERRUPTED' } }]);
    slow.open('too late');
    expect(journal.unreported()).toEqual([]);
  });
});

describe('after a crash', () => {
  test('what was journaled or running is reported interrupted and never run', async () => {
    const made = bench();
    made.journal.add({ id: 'job-waiting', fun: 'test.record' }, 1);
    made.journal.add({ id: 'job-running', fun: 'test.record' }, 2);
    made.journal.start('job-running', 3);
    made.source.send(job({ id: 'job-waiting' }));
    made.source.send(job({ id: 'job-running' }));
    made.receiver.start();
    await until(() => expect(made.source.size).toBe(0));
    await until(() => expect(made.spooled).toHaveLength(2));
    expect(made.spooled).toMatchObject([
      { jobId: 'job-waiting', status: 'interrupted', startedAt: null },
      { jobId: 'job-running', status: 'interrupted', startedAt: 3 },
    ]);
    expect(made.spooled[0]?.error?.message).toContain('not run');
    expect(made.spooled[1]?.error?.message).toContain('unknown');
    expect(made.runs).toEqual([]);
  });

  test('a result that may not have been spooled is reported again as it was', async () => {
    const made = bench();
    const result = {
      v: 1, pbx: 'acme_hq', jobId: 'job-finished', status: 'done', result: [{ Response: 'Success' }],
      startedAt: 1, finishedAt: 2,
    } as const; // prettier-ignore
    made.journal.add({ id: 'job-finished', fun: 'test.record' }, 1);
    made.journal.start('job-finished', 1);
    made.journal.finish({ ...result, result: [...result.result] });
    made.receiver.start();
    await until(() => expect(made.spooled).toEqual([result]));
  });
});
