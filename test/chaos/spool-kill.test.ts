import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { expect, it } from 'vitest';
import type { BusEntry } from '#core/ports/bus.ts';
import { silentLogger } from '#core/ports/logger.ts';
import { openSpool } from '#edge-agent/spool/open-spool.ts';
import { batchesOf, pbx, spoolFolder } from '#test/support/spool-fixtures.ts';

const kills = 8;

/** Runs the child and kills it at a random moment. */
async function runAndKill(folder: string, first: number): Promise<void> {
  const program = join(import.meta.dirname, '../support/spool-child.ts');
  const child = spawn(process.execPath, [program, folder, String(first)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = once(child, 'close');
  await Promise.race([once(child.stdout, 'data'), ended]);
  await wait(Math.random() * 400);
  child.kill('SIGKILL');
  await ended;
}

/** The lines of a log; one that the kill tore in two was not written. */
function linesOf(folder: string, name: string, whole: RegExp): string[] {
  return readFileSync(join(folder, name), 'utf8')
    .split('\n')
    .filter((line) => whole.test(line));
}

/** What is still spooled, as the bus would get it. */
async function drain(folder: string): Promise<{ entries: BusEntry[]; dropped: number }> {
  const spool = await openSpool({
    path: join(folder, 'spool.sqlite'),
    pbx,
    maxBytes: 500_000_000,
    maxAgeMs: 86_400_000,
    clock: { now: () => Date.now() + 60_000, sleep: () => Promise.resolve() },
    random: { fraction: () => 0, uuid: () => crypto.randomUUID() },
    logger: silentLogger,
    rulesVersion: () => null,
  });
  const all: BusEntry[] = [];
  for (;;) {
    const { entries } = await spool.prepare({ lanes: ['events', 'urgent'], batchMs: 0 });
    if (entries.length === 0) break;
    all.push(...entries);
    await spool.settle({ accepted: entries, refused: [], failed: [] });
  }
  const { dropped } = spool.stats();
  await spool.close();
  return { entries: all, dropped };
}

it('loses nothing that it acknowledged and never renumbers, however often it is killed', async () => {
  const { folder, remove } = spoolFolder();
  try {
    const acked = new Set<string>();
    const added = new Set<string>();
    const epochs = new Set<string>();
    for (let round = 0; round < kills; round += 1) await runAndKill(folder, round * 1_000_000);
    for (const line of linesOf(folder, 'told', /^(acked|added|epoch) \S+ \.$/)) {
      const [what, name = ''] = line.split(' ');
      if (what === 'acked') acked.add(name);
      if (what === 'added') added.add(name);
      if (what === 'epoch') epochs.add(name);
    }
    const sent = linesOf(folder, 'bus.jsonl', /^\{"source".*[^\\]"\}$/).map(
      (line) => JSON.parse(line) as BusEntry,
    );
    const { entries: spooled, dropped } = await drain(folder);
    const everything = [...sent, ...spooled];

    expect(acked.size).toBeGreaterThan(500);
    expect(sent.length).toBeGreaterThan(20);
    expect(epochs.size).toBe(kills);
    expect(dropped).toBe(0);

    const numberOf = new Map<string, string>();
    const nameOf = new Map<string, string>();
    const detailOf = new Map<string, string>();
    for (const { epoch, firstSeq, lastSeq, events } of batchesOf(everything)) {
      expect(events.map(({ seq }) => seq)).toEqual(events.map((_event, place) => firstSeq + place));
      expect(events.at(-1)!.seq).toBe(lastSeq);
      for (const { seq, event } of events) {
        const name = String(event['Uniqueid']);
        const number = `${epoch}/${seq}`;
        expect(numberOf.get(name) ?? number).toBe(number);
        expect(nameOf.get(number) ?? name).toBe(name);
        numberOf.set(name, number);
        nameOf.set(number, name);
      }
    }
    // What is sent twice is the same bytes, so that content-based deduplication knows it.
    for (const { detailType, detail } of everything) {
      if (detailType !== 'ami.batch.v1') continue;
      const [batch] = batchesOf([{ source: '', detailType, detail }]);
      const key = `${batch!.epoch}/${batch!.firstSeq}`;
      expect(detailOf.get(key) ?? detail).toBe(detail);
      detailOf.set(key, detail);
    }
    const results = everything.filter(({ detailType }) => detailType === 'job.result.v1');
    const jobIds = results.map(({ detail }) => (JSON.parse(detail) as { jobId: string }).jobId);
    const arrived = new Set([...numberOf.keys(), ...jobIds]);
    expect([...acked].filter((name) => !arrived.has(name))).toEqual([]);
    expect([...numberOf.keys()].filter((name) => !added.has(name))).toEqual([]);
  } finally {
    remove();
  }
}, 60_000);
