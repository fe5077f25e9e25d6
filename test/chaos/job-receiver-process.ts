/**
 * A job receiver on real files, which kills itself (SIGKILL) at a given point. For job-receiver.test.ts.
 * Usage: node job-receiver-process.ts FOLDER CRASH-POINT
 * The queue is FOLDER/queue.json, every run adds a line to FOLDER/runs, every spooled result one to
 * FOLDER/results; without a crash it ends when the queue is empty and everything is reported.
 */
import { appendFileSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { silentLogger } from '#core/ports/logger.ts';
import type { JobSource } from '#core/ports/job-source.ts';
import { openJournal } from '#edge-agent/jobs/journal.ts';
import { createPolicy } from '#edge-agent/jobs/policy.ts';
import { createJobReceiver } from '#edge-agent/jobs/receive-jobs.ts';
import { createRegistry } from '#edge-agent/jobs/registry.ts';
import { systemClock } from '#edge-agent/system-clock.ts';
import { agentStatus } from '#test/support/agent-statuses.ts';
import { fixedRandom } from '#test/support/fixed-random.ts';
import { noConsole } from '#test/support/no-console.ts';

const [folder = '', crashPoint = 'none'] = process.argv.slice(2);
const queuePath = join(folder, 'queue.json');
const readQueue = () => JSON.parse(readFileSync(queuePath, 'utf8')) as string[];

function crashAt(point: string): void {
  if (point === crashPoint) process.kill(process.pid, 'SIGKILL');
}

const source: JobSource = {
  async receive({ waitMs, signal }) {
    const bodies = readQueue();
    if (bodies.length === 0) await systemClock.sleep(waitMs, signal);
    return bodies.slice(0, 1).map((body) => ({ body, receipt: body }));
  },
  async delete(receipt) {
    crashAt('before-delete');
    writeFileSync(queuePath, JSON.stringify(readQueue().filter((body) => body !== receipt)));
    crashAt('after-delete');
  },
};

const journal = openJournal(join(folder, 'jobs.db'));
const finish = journal.finish.bind(journal);
const markReported = journal.markReported.bind(journal);
journal.finish = (result) => {
  crashAt('before-finish');
  finish(result);
  crashAt('after-finish');
};
journal.markReported = (id) => {
  crashAt('before-reported');
  markReported(id);
  crashAt('after-reported');
};

const receiver = createJobReceiver({
  pbx: 'acme_hq',
  console: noConsole,
  source,
  journal,
  spool: {
    acceptsJobs: () => true,
    async addResult(result) {
      crashAt('before-spool');
      appendFileSync(join(folder, 'results'), `${JSON.stringify(result)}\n`);
      crashAt('after-spool');
    },
  },
  registry: createRegistry([
    {
      name: 'test.dial',
      async run(args) {
        crashAt('before-run');
        appendFileSync(join(folder, 'runs'), `${JSON.stringify(args)}\n`);
        crashAt('during-run');
        return 'rang';
      },
    },
  ]),
  policy: createPolicy(),
  actions: { send: async () => [] },
  agent: {
    configure: async () => ({ applied: true, rulesVersion: null, refusedRules: [] }),
    requestRules: () => {},
    status: () => agentStatus('acme_hq', 0),
  },
  clock: systemClock,
  random: fixedRandom(),
  logger: silentLogger,
  waitMs: 10,
});
receiver.start();
while (readQueue().length > 0 || receiver.counts().running > 0) await delay(5);
await receiver.stop({ drainMs: 5000 });
journal.close();
