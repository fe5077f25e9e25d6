import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { afterEach, expect, test } from 'vitest';
import type { JobResult } from '#core/contracts/job-result.ts';
import { type JobJournal, openJournal } from '#edge-agent/jobs/journal.ts';

const folders: string[] = [];
const opened = new Set<JobJournal>();
function file(): string {
  const folder = mkdtempSync(join(tmpdir(), 'journal-'));
  folders.push(folder);
  return join(folder, 'jobs.db');
}
function journalAt(path: string): JobJournal {
  const journal = openJournal(path);
  opened.add(journal);
  return journal;
}
afterEach(() => {
  for (const journal of opened) journal.close();
  opened.clear();
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true });
});

const result = (jobId: string, finishedAt: number, status: JobResult['status'] = 'done'): JobResult => ({
  v: 1, pbx: 'acme_hq', jobId, status, result: [finishedAt], startedAt: null, finishedAt,
}); // prettier-ignore

test('keeps everything over a reopening', () => {
  const path = file();
  const first = openJournal(path);
  first.add({ id: 'job-a', fun: 'test.ping' }, 1);
  first.add({ id: 'job-b', fun: 'test.ping' }, 2);
  first.start('job-b', 2.5);
  first.add({ id: 'job-c', fun: 'test.ping' }, 3);
  first.start('job-c', 3);
  first.finish(result('job-c', 4));
  first.close();
  const again = journalAt(path);
  expect(again.unfinished()).toEqual([
    { id: 'job-a', fun: 'test.ping', startedAt: null },
    { id: 'job-b', fun: 'test.ping', startedAt: 2.5 },
  ]);
  expect(again.unreported()).toEqual([result('job-c', 4)]);
  expect(again.add({ id: 'job-a', fun: 'test.ping' }, 5)).toBe(false);
});

test('a second agent is kept out, with a message that says why', () => {
  const path = file();
  journalAt(path);
  expect(() => openJournal(path)).toThrow(/another agent/);
});

test('a file that is no journal is not touched', () => {
  expect(() => openJournal(join(file(), 'no', 'such'))).toThrow(/can not be used/);
});

test('prunes what is old and reported, and nothing else', () => {
  const journal = journalAt(':memory:');
  journal.addFinished('test.ping', result('job-old', 10));
  journal.markReported('job-old');
  journal.addFinished('test.ping', result('job-old-unreported', 10));
  journal.add({ id: 'job-old-running', fun: 'test.ping' }, 10);
  journal.addFinished('test.ping', result('job-new', 30));
  journal.markReported('job-new');
  expect(journal.prune(20)).toBe(1);
  expect(journal.add({ id: 'job-old', fun: 'x' }, 40)).toBe(true);
  expect(journal.add({ id: 'job-new', fun: 'x' }, 40)).toBe(false);
  expect(journal.unreported()).toHaveLength(1);
});

interface Row {
  state: 'journaled' | 'running' | 'finished';
  result?: JobResult;
  reported: boolean;
}

test('against a model: one row per id, one start, one result, whatever comes in whatever order', () => {
  const id = fc.constantFrom('job-1', 'job-2', 'job-3');
  const step = fc.oneof(
    ...(['add', 'addFinished', 'start', 'finish', 'markReported', 'reopen'] as const).map((name) =>
      fc.record({ name: fc.constant(name), id, at: fc.nat(100) }),
    ),
  );
  const path = file();
  let round = 0;
  fc.assert(
    fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
      round += 1;
      let journal = openJournal(`${path}.${round}`);
      const model = new Map<string, Row>();
      const starts = new Map<string, number>();
      try {
        for (const { name, id, at } of steps) {
          const row = model.get(id);
          if (name === 'reopen') {
            journal.close();
            journal = openJournal(`${path}.${round}`);
          } else if (name === 'add') {
            expect(journal.add({ id, fun: 'test.ping' }, at)).toBe(row === undefined);
            if (!row) model.set(id, { state: 'journaled', reported: false });
          } else if (name === 'addFinished') {
            expect(journal.addFinished('test.ping', result(id, at))).toBe(row === undefined);
            if (!row) model.set(id, { state: 'finished', result: result(id, at), reported: false });
          } else {
            const possible =
              name === 'start'
                ? row?.state === 'journaled'
                : name === 'finish'
                  ? row !== undefined && row.state !== 'finished'
                  : row?.state === 'finished';
            const act = () =>
              name === 'start'
                ? journal.start(id, at)
                : name === 'finish'
                  ? journal.finish(result(id, at, 'failed'))
                  : journal.markReported(id);
            if (!possible || !row) expect(act).toThrow();
            else {
              act();
              if (name === 'start') {
                row.state = 'running';
                starts.set(id, (starts.get(id) ?? 0) + 1);
              } else if (name === 'finish') {
                row.state = 'finished';
                row.result = result(id, at, 'failed');
              } else row.reported = true;
            }
          }
          const rows = [...model];
          expect(journal.unfinished().map((one) => one.id).toSorted()).toEqual(
            rows.filter(([, one]) => one.state !== 'finished').map(([key]) => key).toSorted(),
          );
          expect(journal.unreported().toSorted((a, b) => (a.jobId < b.jobId ? -1 : 1))).toEqual(
            rows.filter(([, one]) => one.state === 'finished' && !one.reported).map(([, one]) => one.result).toSorted((a, b) => (a!.jobId < b!.jobId ? -1 : 1)),
          );
        }
        for (const count of starts.values()) expect(count).toBe(1);
      } finally {
        journal.close();
      }
    }),
    { numRuns: 25 },
  );
}); // prettier-ignore
