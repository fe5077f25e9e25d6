import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import type { JobResult } from '#core/contracts/job-result.ts';

const script = new URL('./job-receiver-process.ts', import.meta.url).pathname;
const folders: string[] = [];
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true });
});

/** Resolves with how the process ended: its signal, or its exit code. */
function run(folder: string, crashPoint: string): Promise<string> {
  const child = spawn(process.execPath, [script, folder, crashPoint], {
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  return new Promise((resolve) => {
    child.on('exit', (code, signal) => resolve(signal ?? String(code)));
  });
}

function lines(folder: string, name: string): string[] {
  const path = join(folder, name);
  return existsSync(path) ? readFileSync(path, 'utf8').split('\n').filter(Boolean) : [];
}

async function killAndStartAgain(
  fun: string,
  crashPoint: string,
): Promise<{ folder: string; results: JobResult[] }> {
  const folder = mkdtempSync(join(tmpdir(), 'job-chaos-'));
  folders.push(folder);
  const job = {
    v: 1, id: 'job-00000001', fun, args: [1], kwargs: {}, timeoutMs: 5000,
    createdAt: Date.now() / 1000, expiresAt: Date.now() / 1000 + 600,
  }; // prettier-ignore
  writeFileSync(join(folder, 'queue.json'), JSON.stringify([JSON.stringify(job)]));

  expect(await run(folder, crashPoint)).toBe('SIGKILL');
  expect(await run(folder, 'none')).toBe('0');

  expect(lines(folder, 'queue.json')).toEqual(['[]']);
  const results = lines(folder, 'results').map((line) => JSON.parse(line) as JobResult);
  expect(new Set(results.map((result) => JSON.stringify(result))).size).toBe(1);
  expect(results[0]?.jobId).toBe('job-00000001');
  return { folder, results };
}

test.each([
  // Where it is killed, how often it ran then, and what is reported after the next start.
  ['before-delete', 0, 'interrupted'],
  ['before-run', 0, 'interrupted'],
  ['during-run', 1, 'interrupted'],
  ['after-finish', 1, 'done'],
  ['after-spool', 1, 'done'],
  ['after-reported', 1, 'done'],
])('killed %s: the phone rings %d times, the job is reported %s', async (crashPoint, runs, status) => {
  const { folder, results } = await killAndStartAgain('test.dial', crashPoint);
  expect(lines(folder, 'runs')).toHaveLength(runs);
  expect(results[0]).toMatchObject({ status });
});

test.each([
  // Where it is killed, how many uploads were begun, and what is reported after the next start.
  ['after-stage', 0, 'interrupted'],
  ['before-upload-kept', 0, 'interrupted'],
  ['after-upload-kept', 1, 'done'],
  ['during-upload', 2, 'done'],
  ['before-finish', 2, 'done'],
  ['after-finish', 1, 'done'],
])(
  'killed %s: the job runs once, %d uploads are begun, it is reported %s',
  async (crashPoint, uploads, status) => {
    const { folder, results } = await killAndStartAgain('test.large', crashPoint);
    expect(lines(folder, 'runs')).toEqual(['large']);
    expect(lines(folder, 'uploads')).toHaveLength(uploads);
    expect(results[0]).toMatchObject({
      status,
      ...(status === 'done' ? { result: { attachment_id: 42 } } : {}),
    });
  },
);
