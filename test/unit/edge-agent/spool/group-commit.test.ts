import { describe, expect, it } from 'vitest';
import { OdoopbxError } from '#core/errors/odoopbx-error.ts';
import { GroupCommit } from '#edge-agent/spool/group-commit.ts';
import { encodeEvent, encodeResult } from '#edge-agent/spool/record.ts';
import type { AppendGroup, AppendOutcome } from '#edge-agent/spool/store-calls.ts';
import { hangup, jobResult, keepingLogger } from '#test/support/spool-fixtures.ts';
import { timerClock } from '#test/support/timer-clock.ts';

/** A disk that commits when the test says so. */
function setUp(maxPendingBytes = 1_000_000) {
  const clock = timerClock();
  const logger = keepingLogger();
  const groups: AppendGroup[] = [];
  const answers: { ok: (outcome: AppendOutcome) => void; fail: (error: unknown) => void }[] = [];
  const writer = new GroupCommit({
    commit: (group) => {
      groups.push(group);
      return new Promise((ok, fail) => answers.push({ ok, fail }));
    },
    clock,
    logger,
    commitMs: 20,
    maxItems: 100,
    maxPendingBytes,
  });
  const done: string[] = [];
  const add = (name: string): void => {
    const { records, truncated } = encodeEvent(hangup(name, clock.now()), clock.now());
    void writer.addEvent(records, truncated).then(() => done.push(name));
  };
  const addResult = (jobId: string): Promise<void> =>
    writer.addResult(encodeResult(jobResult(jobId), clock.now()));
  const answer = async (outcome: AppendOutcome = { refusedResults: [] }): Promise<void> => {
    answers.shift()!.ok(outcome);
    await clock.advance(0);
  };
  return { clock, logger, groups, answers, writer, done, add, addResult, answer };
}

describe('group commit', () => {
  it('puts what comes within 20 ms into one transaction, and resolves only after it', async () => {
    const { clock, groups, done, add, answer } = setUp();
    add('a');
    await clock.advance(19);
    add('b');
    expect(groups).toHaveLength(0);
    await clock.advance(1);
    expect(groups.map(({ events }) => events.length)).toEqual([2]);
    expect(done).toEqual([]);
    await answer();
    expect(done).toEqual(['a', 'b']);
  });

  it('collects while the disk is busy: one transaction at a time', async () => {
    const { clock, groups, add, answer } = setUp();
    add('a');
    await clock.advance(20);
    for (const name of ['b', 'c', 'd']) add(name);
    await clock.advance(1_000);
    expect(groups).toHaveLength(1);
    await answer();
    await clock.advance(20);
    expect(groups.map(({ events }) => events.length)).toEqual([1, 3]);
  });

  it('does not wait for company with a full group or with a result', async () => {
    const { clock, groups, add, addResult, answer } = setUp();
    for (let id = 0; id < 100; id += 1) add(String(id));
    await clock.advance(0);
    expect(groups).toHaveLength(1);
    await answer();
    add('a');
    const result = addResult('job-00001');
    await clock.advance(0);
    expect(groups[1]).toMatchObject({ events: [{}], results: [{ jobId: 'job-00001' }] });
    await answer();
    await result;
  });

  it('goes on with what a caller adds as soon as its event is on disk', async () => {
    const { clock, groups, writer, answer } = setUp();
    const { records } = encodeEvent(hangup('a', 0), 0);
    let second: Promise<void> | undefined;
    void writer.addEvent(records, 0).then(() => (second = writer.addEvent(records, 0)));
    await clock.advance(20);
    await answer();
    await clock.advance(20);
    expect(groups).toHaveLength(2);
    await answer();
    await second;
  });

  it('rejects the result that did not fit, and that one alone', async () => {
    const { clock, addResult, answer } = setUp();
    const outcomes = Promise.allSettled([addResult('job-00001'), addResult('job-00002')]);
    await clock.advance(0);
    await answer({ refusedResults: [1] });
    const [first, second] = await outcomes;
    expect(first.status).toBe('fulfilled');
    expect(second).toMatchObject({ reason: { code: 'SPOOL_FULL', retryable: true } });
  });

  it('counts the events of a transaction that failed with the next one', async () => {
    const { clock, groups, done, add, addResult, answers, logger } = setUp();
    add('a');
    const result = addResult('job-00001').catch((error: OdoopbxError) => error.code);
    await clock.advance(0);
    answers.shift()!.fail(new OdoopbxError('SPOOL_FAILED', 'gone'));
    expect(await result).toBe('SPOOL_FAILED');
    expect(done).toEqual(['a']);
    add('b');
    await clock.advance(20);
    expect(groups[1]).toMatchObject({ dropped: 1, events: [{}] });
    expect(logger.said[0]!.line).toBe('error spool.append_failed');
  });

  it('drops the oldest, counted, when the disk stalls for too long', async () => {
    const { clock, groups, done, add, answer, logger } = setUp(10_000);
    add('first');
    await clock.advance(20);
    for (let id = 0; id < 200; id += 1) add(String(id));
    await clock.advance(0);
    await answer();
    await clock.advance(20);
    const { events, dropped } = groups[1]!;
    expect(events.length + dropped).toBe(200);
    expect(dropped).toBeGreaterThan(50);
    expect(events.at(-1)!.body).toContain('"199"');
    expect(done.slice(0, 3)).toEqual(['0', '1', '2']);
    expect(logger.said[0]).toMatchObject({ line: 'warn spool.dropped' });
  });

  it('flushes at once', async () => {
    const { clock, groups, writer, add, answer } = setUp();
    add('a');
    const flushed = writer.flush();
    await clock.advance(0);
    expect(groups).toHaveLength(1);
    await answer();
    await flushed;
  });
});
