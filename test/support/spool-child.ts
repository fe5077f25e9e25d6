/**
 * An agent reduced to spool and publisher, for test/chaos: `spool-child.ts <folder> <first number>`. Adds
 * events and results without end; notes `added <name>`, and `acked <name>` once a thing is on disk, in
 * `<folder>/told`; the bus appends what it accepts to `<folder>/bus.jsonl` and fails now and then. Says `started`
 * when it is, and ends by being killed.
 */
import { openSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { OdoopbxError } from '#core/errors/odoopbx-error.ts';
import type { Bus } from '#core/ports/bus.ts';
import { silentLogger } from '#core/ports/logger.ts';
import { openSpool } from '#edge-agent/spool/open-spool.ts';
import { createPublisher } from '#edge-agent/spool/publisher.ts';
import { hangup, jobResult, pbx } from '#test/support/spool-fixtures.ts';

const [folder = '.', first = '0'] = process.argv.slice(2);

const busLog = openSync(join(folder, 'bus.jsonl'), 'a');
const told = openSync(join(folder, 'told'), 'a');
const tell = (line: string): void => {
  writeSync(told, `\n${line}\n`);
};

const clock = {
  now: () => Date.now(),
  sleep: async (ms: number, signal?: AbortSignal): Promise<void> => {
    await wait(ms, undefined, signal ? { signal } : {}).catch(() => undefined);
  },
};
const random = { fraction: () => Math.random(), uuid: () => crypto.randomUUID() };

const bus: Bus = {
  async put(entries) {
    const luck = Math.random();
    if (luck < 0.1) throw new OdoopbxError('BUS_UNREACHABLE', 'away', { retryable: true });
    const outcomes = entries.map((entry) => {
      if (Math.random() < 0.1) return { accepted: false as const, retryable: true, message: 'throttled' };
      // A line that a kill tore in two ends here.
      writeSync(busLog, `\n${JSON.stringify(entry)}\n`);
      return { accepted: true as const };
    });
    await wait(Math.random() * 5);
    if (luck > 0.9) throw new OdoopbxError('BUS_UNREACHABLE', 'the answer is lost', { retryable: true });
    return outcomes;
  },
};

const spool = await openSpool({
  path: join(folder, 'spool.sqlite'),
  pbx,
  maxBytes: 500_000_000,
  maxAgeMs: 86_400_000,
  clock,
  random,
  logger: silentLogger,
  rulesVersion: () => null,
});
const publisher = createPublisher({ spool, bus, clock, random, logger: silentLogger, batchMs: 10 });
publisher.start();

tell(`epoch ${spool.epoch} .`);
process.stdout.write('started\n');

async function addEvent(name: string, delay: number, note: Record<string, string>): Promise<void> {
  await spool.addEvent(hangup(name, Date.now() + delay, note));
  tell(`acked ${name} .`);
}

async function addResult(jobId: string): Promise<void> {
  await spool.addResult(jobResult(jobId));
  tell(`acked ${jobId} .`);
}

for (let number = Number(first); ; number += 1) {
  const delay = number % 7 === 0 ? 50 : 0;
  const name = `e${number}`;
  const note = { Note: 'n'.repeat((number * 37) % 3_000) };
  tell(`added ${name} .`);
  void addEvent(name, delay, note);
  if (number % 50 === 0) {
    const jobId = `job-${String(number).padStart(8, '0')}`;
    void addResult(jobId);
  }
  if (number % 20 === 0) await wait(2);
}
