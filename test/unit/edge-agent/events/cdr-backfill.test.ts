import { appendFileSync, mkdtempSync, renameSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { AmiEvent } from '#core/contracts/ami-event.ts';
import { CdrBackfill } from '#edge-agent/events/cdr-backfill.ts';
import { localTime } from '#edge-agent/events/local-time.ts';
import { manualClock, type ManualClock } from '#test/support/manual-clock.ts';
import { memoryCdrStore } from '#test/support/memory-event-stores.ts';
import { timerClock, type TimerClock } from '#test/support/timer-clock.ts';
import { recordingLogger } from '#test/support/recording-logger.ts';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'cdr-backfill-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

const times = ['2026-11-22 20:00:00', '', '2026-11-22 20:00:30'];

function line(number: number, [start, answer, end] = times): string {
  const texts = [
    '',
    '101',
    '102',
    'ctx',
    '"101" <101>',
    `PJSIP/101-${number}`,
    'PJSIP/102-2',
    'Dial',
    'x',
    start,
    answer,
    end,
  ];
  const quoted = texts.map((text) => `"${(text ?? '').replaceAll('"', '""')}"`).join(',');
  return `${quoted},30,0,"NO ANSWER","DOCUMENTATION","1763840000.${number}"\n`;
}

/** The same Cdr as AMI sends it. */
function live(number: number): AmiEvent {
  return {
    Event: 'Cdr',
    UniqueID: `1763840000.${number}`,
    StartTime: times[0]!,
    EndTime: times[2]!,
    Channel: `PJSIP/101-${number}`,
    DestinationChannel: 'PJSIP/102-2',
    Disposition: 'NO ANSWER',
  };
}

function setUp(utc = false, clock: ManualClock | TimerClock = manualClock()) {
  const store = memoryCdrStore();
  const path = join(folder, 'Master.csv');
  const emitted: AmiEvent[] = [];
  const logger = recordingLogger();
  const backfill = new CdrBackfill({
    path,
    utc,
    store,
    clock,
    logger,
    local: localTime('Europe/Berlin'),
    emit: (event) => {
      emitted.push(event);
      return Promise.resolve();
    },
  });
  const numbers = () => emitted.map((event) => Number(String(event['UniqueID']).split('.')[1]));
  const link = new AbortController();
  return {
    path,
    store,
    clock,
    logger,
    backfill,
    emitted,
    numbers,
    link,
    run: () => backfill.run(link.signal),
  };
}

test('what was written before the first start is not told', async () => {
  const { path, backfill, run, emitted } = setUp();
  writeFileSync(path, line(1));
  await backfill.checkpoint();
  expect(await run()).toBe(0);
  expect(emitted).toEqual([]);
});

test('what was written in the gap is told once, as AMI would have told it', async () => {
  const { path, backfill, run, numbers, emitted } = setUp();
  writeFileSync(path, line(1));
  await backfill.checkpoint();
  appendFileSync(path, line(2) + line(3));
  expect(await run()).toBe(2);
  appendFileSync(path, line(4));
  expect(await run()).toBe(1);
  expect(await run()).toBe(0);
  expect(numbers()).toEqual([2, 3, 4]);
  expect(emitted[0]).toMatchObject({ ...live(2), AnswerTime: '', CallerID: '"101" <101>', _synthetic: true });
});

test('what came live is not told again, not even when it comes a little after the file has it', async () => {
  const clock = timerClock();
  const { path, backfill, run, numbers } = setUp(false, clock);
  writeFileSync(path, '');
  await backfill.checkpoint();
  backfill.seen(live(1));
  appendFileSync(path, line(1) + line(2) + line(3));
  const done = run();
  await new Promise((resolve) => {
    setTimeout(resolve, 50);
  });
  await clock.advance(1000);
  backfill.seen(live(3));
  await clock.advance(5000);
  await done;
  expect(numbers()).toEqual([2]);
});

test('a link that goes down meanwhile leaves the rest for the next time, and nothing comes twice', async () => {
  const { path, backfill, run, numbers, emitted, link, store, clock } = setUp();
  writeFileSync(path, '');
  await backfill.checkpoint();
  const start = store.position();
  appendFileSync(path, line(1) + line(2));
  emitted.push = (event) => {
    link.abort();
    return Array.prototype.push.call(emitted, event);
  };
  await run();
  expect(store.position()).toEqual(start);
  // The link is up again, but the file is not read yet.
  for (let turn = 0; turn < 3; turn += 1) {
    await clock.advance(400_000);
    await backfill.checkpoint();
  }
  expect(store.position()).toEqual(start);
  appendFileSync(path, line(3));
  await backfill.run(new AbortController().signal);
  expect(numbers()).toEqual([1, 2, 3]);
});

test('legs of one call are told apart', async () => {
  const { path, backfill, run, emitted } = setUp();
  writeFileSync(path, '');
  await backfill.checkpoint();
  backfill.seen(live(1));
  appendFileSync(path, line(1) + line(1).replace('PJSIP/102-2', 'PJSIP/103-3'));
  await run();
  expect(emitted.map((event) => event['DestinationChannel'])).toEqual(['PJSIP/103-3']);
});

test('a link that was dead unnoticed loses nothing', async () => {
  const { path, backfill, run, numbers, clock } = setUp();
  writeFileSync(path, '');
  await backfill.checkpoint();
  backfill.seen(live(1));
  appendFileSync(path, line(1));
  for (let turn = 0; turn < 20; turn += 1) {
    await clock.advance(30_000);
    await backfill.checkpoint();
  }
  // Nothing comes over AMI any more, but the link counts as up for another four minutes.
  appendFileSync(path, line(2));
  for (let turn = 0; turn < 8; turn += 1) {
    await clock.advance(30_000);
    await backfill.checkpoint();
  }
  backfill.linkDown();
  expect(await run()).toBe(1);
  expect(numbers()).toEqual([2]);
});

test('the position follows the file while the link is up', async () => {
  const { path, backfill, store, clock } = setUp();
  writeFileSync(path, '');
  await backfill.checkpoint();
  appendFileSync(path, line(1));
  await backfill.checkpoint();
  await clock.advance(301_000);
  await backfill.checkpoint();
  expect(store.position()?.offset).toBe(line(1).length);
});

test('a rotated file is read to its end, then the new one', async () => {
  const { path, backfill, run, numbers } = setUp();
  writeFileSync(path, line(1));
  await backfill.checkpoint();
  appendFileSync(path, line(2));
  renameSync(path, `${path}.1`);
  writeFileSync(path, line(3));
  expect(await run()).toBe(2);
  expect(await run()).toBe(0);
  expect(numbers()).toEqual([2, 3]);
});

test('a rotated file that is gone leaves the new one', async () => {
  const { path, backfill, run, numbers } = setUp();
  writeFileSync(path, line(1));
  await backfill.checkpoint();
  renameSync(path, `${path}.old`);
  writeFileSync(path, line(3));
  await run();
  expect(numbers()).toEqual([3]);
});

test('a file that was cut short is read anew', async () => {
  const { path, backfill, run, numbers } = setUp();
  writeFileSync(path, line(1) + line(2));
  await backfill.checkpoint();
  truncateSync(path);
  appendFileSync(path, line(3));
  await run();
  expect(numbers()).toEqual([3]);
});

test('a record that Asterisk is still writing is read when it is whole', async () => {
  const { path, backfill, run, numbers } = setUp();
  writeFileSync(path, line(1).slice(0, 20));
  await backfill.checkpoint();
  appendFileSync(path, line(1).slice(20) + line(2).slice(0, 30));
  await run();
  appendFileSync(path, line(2).slice(30));
  await run();
  expect(numbers()).toEqual([1, 2]);
});

test('a file that is not there yet is read from its beginning', async () => {
  const { path, backfill, run, numbers } = setUp();
  await backfill.checkpoint();
  expect(await run()).toBe(0);
  writeFileSync(path, line(1));
  await run();
  expect(numbers()).toEqual([1]);
});

test('times in UTC become the local times that AMI tells', async () => {
  const { path, backfill, run, emitted } = setUp(true);
  writeFileSync(path, '');
  await backfill.checkpoint();
  backfill.seen(live(1));
  const utc = ['2026-11-22 19:00:00', '', '2026-11-22 19:00:30'];
  appendFileSync(path, line(1, utc) + line(2, utc));
  await run();
  expect(emitted).toEqual([expect.objectContaining(live(2))]);
});

test('a file without uniqueids is told to the log, not to Odoo', async () => {
  const { path, backfill, run, logger } = setUp();
  writeFileSync(path, '');
  await backfill.checkpoint();
  appendFileSync(path, line(1).replace(/,"1763840000\.1"\n/, '\n'));
  expect(await run()).toBe(0);
  expect(logger.at('warn')).toEqual([expect.objectContaining({ unreadable: 1 })]);
});

test('a file that can not be read is tried again until it can', async () => {
  const { path, backfill, run, logger, store, numbers, clock } = setUp();
  writeFileSync(path, '');
  await backfill.checkpoint();
  const saved = store.position();
  store.savePosition({ offset: 5, file: saved?.file ?? '' });
  appendFileSync(path, line(1));
  const { file } = saved ?? { file: '' };
  let failures = 0;
  store.position = () => {
    failures += 1;
    if (failures < 3) throw new Error('EIO');
    return { offset: 0, file };
  };
  await run();
  expect(logger.at('error')).toHaveLength(2);
  expect((clock as ManualClock).slept.filter((ms) => ms === 60_000)).toHaveLength(2);
  expect(numbers()).toEqual([1]);
});
