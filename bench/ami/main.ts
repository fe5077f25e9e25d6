/** Our AMI client against the npm packages that do the same; see report.ts for what is compared. */
import { fork } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Bench } from '../main.ts';
import { clients } from './clients.ts';
import { bestOf, reportOf, tableOf } from './report.ts';
import { everyRun } from './run-plan.ts';
import type { Measured, Run, StoredStream } from './run-plan.ts';
import { makeStream, streamNames } from './streams.ts';

const script = (name: string): string => fileURLToPath(new URL(name, import.meta.url));
const rounds = 2;
/** Fast clients are done in a fifth of a second, in which anything else on the machine shows: they run more often. */
const fastRounds = 5;
/** No further rounds after this; a busy machine takes longer. */
const budgetMs = 150_000;
/** A run that takes this long hangs. */
const runLimitMs = 60_000;

/** `--quick` runs a tenth of the events once: to see that it works, not to quote. */
export const run: Bench = async ({ json, args }) => {
  const startedAt = performance.now();
  const quick = args.includes('--quick');
  const folder = mkdtempSync(join(tmpdir(), 'bench-ami-'));
  const streams = storeStreams(folder, quick ? 20_000 : 200_000);
  const files = streams.map(({ file }) => file);
  const server = fork(script('./server.ts'), files);
  try {
    const [{ port }] = (await once(server, 'message')) as [{ port: number }];
    const measured: { run: Run; measured: Measured }[][] = [];
    for (let round = 0; round < (quick ? 1 : fastRounds); round += 1) {
      if (round > 0 && performance.now() - startedAt > budgetMs) break;
      const results: { run: Run; measured: Measured }[] = [];
      for (const one of everyRun(streams, port, quick ? 0.1 : 1)) {
        if (round >= rounds && (clients[one.client]?.role === 'peer' || one.transport === 'memory')) continue;
        results.push({ run: one, measured: await inChild(one, server) });
        if (process.stderr.isTTY)
          process.stderr.write(`\r${one.client} ${one.stream} ${one.transport}\x1b[K`);
      }
      measured.push(results);
    }
    if (process.stderr.isTTY) process.stderr.write('\r\x1b[K');
    const report = reportOf(bestOf(measured));
    console.log(json ? JSON.stringify(report, null, 2) : tableOf(report));
    return report.targets.every(({ met }) => met);
  } finally {
    server.disconnect();
    server.kill();
    rmSync(folder, { recursive: true });
  }
};

function storeStreams(folder: string, count: number): StoredStream[] {
  return streamNames.map((name) => {
    const stream = makeStream(name, count);
    const file = join(folder, `${name}.ami`);
    writeFileSync(file, stream.bytes);
    return { ...stream, bytes: Buffer.alloc(0), name, file };
  });
}

async function inChild(run: Run, server: ChildProcess): Promise<Measured> {
  const child = fork(script('./measure.ts'), [JSON.stringify(run)], { execArgv: ['--no-deprecation'] });
  const timer = setTimeout(() => child.kill('SIGKILL'), runLimitMs);
  const forward = (message: unknown): void => {
    // It may have seen the last byte already, and be gone.
    if (message === 'sent' && child.connected) child.send('sent', () => {});
  };
  server.on('message', forward);
  try {
    return await new Promise((resolve, reject) => {
      child.on('exit', (code) => reject(new Error(`${JSON.stringify(run)} ended with ${code}`)));
      child.on('message', (message) => {
        if (message === 'ready') server.send({ file: run.file, chunk: run.chunk, bytes: run.bytes });
        else resolve(message as Measured);
      });
    });
  } finally {
    clearTimeout(timer);
    server.off('message', forward);
  }
}
