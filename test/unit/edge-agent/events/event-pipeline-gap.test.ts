import { appendFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test, vi } from 'vitest';
import { amiEventSchema } from '#core/contracts/ami-event.ts';
import { memoryCdrStore } from '#test/support/memory-event-stores.ts';
import { scriptedChannelList } from '#test/support/scripted-channel-list.ts';
import { up, configure, setUp } from '#test/support/trial-pipeline.ts';

describe('after a gap', () => {
  const rules = configure([
    ['1', 'Hangup', "not event['Channel'].startswith('Local/')"],
    ['2', 'OdooPBXGap'],
    ['3', 'Newchannel'],
  ]);
  const channel = (Uniqueid: string, Channel = `PJSIP/${Uniqueid}`) => ({
    Event: 'Newchannel',
    Uniqueid,
    Channel,
  });

  test('a reconnect leaves a marker, then Hangups of what is gone go through the rules', async () => {
    const { pipeline, event, spool, clock, actions } = setUp({ actions: scriptedChannelList(['2']) });
    pipeline.configure(rules);
    pipeline.listener.linkUp(up);
    expect(spool.events()).toEqual([]);
    for (const id of ['1', '2']) event(channel(id), clock.now());
    event(channel('3', 'Local/x'), clock.now());
    await clock.advance(5000);
    spool.items.length = 0;
    const downAt = clock.now();
    pipeline.listener.linkDown({ at: downAt, error: 'gone' });
    await clock.advance(20_000);
    pipeline.listener.linkUp(up);
    await clock.advance(20_000);
    expect(actions).toMatchObject({ asked: 2 });
    expect(spool.items).toEqual([
      {
        at: downAt / 1000 + 20,
        dueAt: downAt + 20_000,
        rules: ['2'],
        event: expect.objectContaining({
          Event: 'OdooPBXGap',
          From: downAt / 1000,
          To: downAt / 1000 + 20,
          SystemName: 'hq',
        }),
      },
      expect.objectContaining({
        rules: ['1'],
        event: expect.objectContaining({ Event: 'Hangup', Uniqueid: '1', _synthetic: true }),
      }),
    ]);
    for (const item of spool.items) expect(amiEventSchema.parse(item.event)).toEqual(item.event);
    expect(pipeline.counts()).toMatchObject({ gaps: 1, syntheticHangups: 2 });
    event({ Event: 'Hangup', Uniqueid: '1', Channel: 'PJSIP/1' }, clock.now());
    expect(spool.items).toHaveLength(2);
  });

  test('each gap has its own beginning', async () => {
    const { pipeline, spool, clock } = setUp();
    pipeline.configure(rules);
    pipeline.listener.linkUp(up);
    const begun: number[] = [];
    for (let times = 0; times < 2; times += 1) {
      await clock.advance(50_000);
      begun.push(clock.now() / 1000);
      pipeline.listener.linkDown({ at: clock.now(), error: '' });
      await clock.advance(1000);
      pipeline.listener.linkUp(up);
    }
    expect(spool.events().map((event) => event['From'])).toEqual(begun);
  });

  test('the marker passes `only`', async () => {
    const { pipeline, spool, clock } = setUp({ only: "event['Channel'] == 'x'" });
    pipeline.configure(rules);
    pipeline.listener.linkUp(up);
    pipeline.listener.linkDown({ at: clock.now(), error: '' });
    pipeline.listener.linkUp(up);
    await clock.advance(0);
    expect(spool.events()).toEqual([expect.objectContaining({ Event: 'OdooPBXGap' })]);
  });

  test('a restart is a gap from the last sign of life, and what was open is reconciled', async () => {
    const before = setUp();
    before.pipeline.configure(rules);
    before.pipeline.start();
    before.pipeline.listener.linkUp(up);
    before.event(channel('1'), before.clock.now());
    await before.clock.advance(60_000);
    const lastSign = before.clock.now();
    await before.pipeline.stop();
    await before.clock.advance(100_000);
    const { pipeline, spool, clock } = before.restart();
    pipeline.listener.linkUp(up);
    await clock.advance(20_000);
    expect(spool.events()).toEqual([
      expect.objectContaining({ Event: 'OdooPBXGap', From: lastSign / 1000, To: lastSign / 1000 + 100 }),
      expect.objectContaining({ Event: 'Hangup', Uniqueid: '1' }),
    ]);
    await pipeline.stop();
  });

  test('the sign of life is kept while the link is up alone', async () => {
    const { pipeline, channelStore, clock } = setUp();
    pipeline.start();
    await clock.advance(30_000);
    expect(channelStore.aliveAt()).toBeNull();
    pipeline.listener.linkUp(up);
    await clock.advance(30_000);
    const last = channelStore.aliveAt()!;
    expect(clock.now() - last).toBeLessThanOrEqual(5000);
    pipeline.listener.linkDown({ at: clock.now(), error: '' });
    await clock.advance(30_000);
    expect(channelStore.aliveAt()).toBe(last);
    await pipeline.stop();
  });

  test('links that flap close nothing too early and report one gap each', async () => {
    const { pipeline, event, spool, clock, actions } = setUp({
      actions: scriptedChannelList(new Error('no')),
    });
    pipeline.configure(rules);
    pipeline.listener.linkUp(up);
    event(channel('1'), clock.now());
    for (let times = 0; times < 3; times += 1) {
      pipeline.listener.linkDown({ at: clock.now(), error: '' });
      await clock.advance(100);
      pipeline.listener.linkUp(up);
      await clock.advance(100);
    }
    expect(pipeline.counts()).toMatchObject({ gaps: 3, syntheticHangups: 0 });
    (actions as ReturnType<typeof scriptedChannelList>).answer([]);
    await clock.advance(70_000);
    expect(pipeline.counts().syntheticHangups).toBe(1);
    expect(spool.events().at(-1)).toMatchObject({ Event: 'Hangup', Uniqueid: '1' });
  });

  test('a Hangup that is not yet safe is told again after a crash', async () => {
    const before = setUp();
    before.pipeline.configure(rules);
    before.pipeline.listener.linkUp(up);
    before.event(channel('1'), before.clock.now());
    before.spool.addEvent = () => new Promise(() => {});
    before.event({ Event: 'Hangup', Uniqueid: '1', Channel: 'PJSIP/1' }, before.clock.now());
    const { pipeline, spool, clock } = before.restart();
    pipeline.listener.linkUp(up);
    await clock.advance(20_000);
    expect(spool.events().at(-1)).toMatchObject({ Event: 'Hangup', Uniqueid: '1', _synthetic: true });
  });

  test('Cdrs of the gap are read from the CSV file, those that came live are not', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'event-pipeline-'));
    const path = join(folder, 'Master.csv');
    const line = (uniqueid: string) =>
      `"","1","2","c","","PJSIP/1","","Dial","","2026-11-22 20:00:00","","2026-11-22 20:00:30",30,0,"BUSY","DOC","${uniqueid}"\n`;
    writeFileSync(path, '');
    const store = memoryCdrStore();
    const { pipeline, event, spool, clock } = setUp({ cdrCsv: { path, store } });
    pipeline.configure(configure([['1', 'Cdr', "event['Disposition'] == 'BUSY'"]]));
    pipeline.start();
    pipeline.listener.linkUp(up);
    await vi.waitFor(async () => {
      await clock.advance(30_000);
      expect(store.position()).toMatchObject({ offset: 0 });
    });
    appendFileSync(path, line('1763840000.1'));
    const heard = { StartTime: '2026-11-22 20:00:00', EndTime: '2026-11-22 20:00:30', Channel: 'PJSIP/1' };
    event({ Event: 'Cdr', UniqueID: '1763840000.1', Disposition: 'BUSY', ...heard }, clock.now());
    pipeline.listener.linkDown({ at: clock.now(), error: '' });
    appendFileSync(path, line('1763840000.2'));
    pipeline.listener.linkUp(up);
    await vi.waitFor(async () => {
      await clock.advance(1000);
      expect(pipeline.counts().backfilledCdrs).toBe(1);
    });
    expect(spool.events().map(({ UniqueID, StartTimeUTC }) => [UniqueID, StartTimeUTC])).toEqual([
      ['1763840000.1', '2026-11-22 19:00:00'],
      ['1763840000.2', '2026-11-22 19:00:00'],
    ]);
    await pipeline.stop();
    rmSync(folder, { recursive: true });
  });

  test('stop ends the background and writes the channels down', async () => {
    const { pipeline, channelStore } = setUp({ actions: scriptedChannelList(new Error('no')) });
    pipeline.start();
    pipeline.listener.linkUp(up);
    await pipeline.stop();
    expect(channelStore).toMatchObject({ flushes: 1 });
  });
});
