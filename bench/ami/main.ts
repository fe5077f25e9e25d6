/** Our AMI client against the npm packages that do the same; see report.ts for what is compared. */
import { fork } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { Bench } from '../main.ts';
import { bestOf, reportOf, tableOf } from './report.ts';
import { everyRun } from './run-plan.ts';
import type { Measured, Run } from './run-plan.ts';

const script = (name: string): string => fileURLToPath(new URL(name, import.meta.url));
const rounds = 2;
/** A run that takes this long hangs. */
const runLimitMs = 60_000;

/** `--quick` runs a tenth of the events once: to see that it works, not to quote. */
export const run: Bench = async ({ json, args }) => {
  const quick = args.includes('--quick');
  const server = fork(script('./server.ts'), ['200000']);
  try {
    const [{ port }] = (await once(server, 'message')) as [{ port: number }];
    const measured: { run: Run; measured: Measured }[][] = [];
    for (let round = 0; round < (quick ? 1 : rounds); round += 1) {
      const results: { run: Run; measured: Measured }[] = [];
      for (const one of everyRun(port, quick ? 0.1 : 1)) {
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
  }
};

async function inChild(run: Run, server: ChildProcess): Promise<Measured> {
  const child = fork(script('./measure.ts'), [JSON.stringify(run)], { execArgv: ['--no-deprecation'] });
  const timer = setTimeout(() => child.kill('SIGKILL'), runLimitMs);
  const forward = (message: unknown): void => {
    if (message === 'sent' && child.connected) child.send('sent');
  };
  server.on('message', forward);
  try {
    return await new Promise((resolve, reject) => {
      child.on('exit', (code) => reject(new Error(`${JSON.stringify(run)} ended with ${code}`)));
      child.on('message', (message) => {
        if (message === 'ready') startStream(run, server);
        else resolve(message as Measured);
      });
    });
  } finally {
    clearTimeout(timer);
    server.off('message', forward);
  }
}

function startStream({ stream, chunk, events }: Run, server: ChildProcess): void {
  server.send({ stream, chunk, events });
}
