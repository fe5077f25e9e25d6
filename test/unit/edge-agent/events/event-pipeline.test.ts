import { appendFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test, vi } from 'vitest';
import type { AgentConfigure } from '#core/contracts/agent-configure.ts';
import { amiEventSchema } from '#core/contracts/ami-event.ts';
import { createEventPipeline, type EventPipelineOptions } from '#edge-agent/events/event-pipeline.ts';
import {
  memoryCdrStore,
  memoryChannelStore,
  memoryRuleStore,
  recordingSpool,
} from '#test/support/memory-event-stores.ts';
import { recordingLogger } from '#test/support/recording-logger.ts';
import { scriptedChannelList } from '#test/support/scripted-channel-list.ts';
import { timerClock } from '#test/support/timer-clock.ts';

const rulesVersion = '0123456789abcdef';
const up = { asteriskVersion: '22.10.1', systemName: null };

function configure(
  rules: [id: string, name: string, condition?: string, delay?: number][],
  asOf = 1000,
): AgentConfigure {
  return {
    rules: rules.map(([id, name, condition = '', delay = 0]) => ({ id, name, condition, delay })),
    rulesVersion,
    asOf,
  };
}

function setUp(overrides: Partial<EventPipelineOptions> = {}, clock = timerClock()) {
  const spool = recordingSpool();
  const logger = recordingLogger();
  const options: EventPipelineOptions = {
    systemName: 'hq',
    timeZone: 'Europe/Berlin',
    actions: scriptedChannelList([]),
    ruleStore: memoryRuleStore(),
    channelStore: memoryChannelStore(),
    ...overrides,
    spool,
    clock,
    logger,
  };
  const pipeline = createEventPipeline(options);
  /** The agent starts again: same stores and time, another process. */
  const restart = () => setUp(options, clock);
  return { ...options, spool, logger, clock, pipeline, event: pipeline.listener.event, restart };
}

describe('events and rules', () => {
  test('a Hangup is told once for each delay, so that one made up after a crash gives way', () => {
    const { pipeline, event, spool, clock } = setUp();
    pipeline.configure(configure([['1', 'Hangup'], ['2', 'Hangup', '', 2]])); // prettier-ignore
    event({ Event: 'Hangup', Uniqueid: '5.1' }, clock.now());
    event({ Event: 'Hangup', Uniqueid: '5.2', _synthetic: true }, clock.now());
    expect(spool.items.map(({ told, unlessTold }) => [told, unlessTold])).toEqual([
      ['Hangup/5.1/0', undefined],
      ['Hangup/5.1/2', undefined],
      ['Hangup/5.2/0', true],
      ['Hangup/5.2/2', true],
    ]);
  });

  test('what no rule wants stays home; what one wants is spooled with its id, enriched', () => {
    const { pipeline, event, spool, clock } = setUp();
    pipeline.configure(
      configure([['1', 'Hangup', "event['SystemName'] == 'hq' and event['EventTime'] > 5"]]),
    );
    event({ Event: 'VarSet' }, clock.now());
    event({ Event: 'Hangup', Timestamp: '1763840000.25' }, clock.now());
    event({ Event: 'Hangup', Timestamp: '1' }, clock.now());
    expect(spool.items).toEqual([
      {
        event: { Event: 'Hangup', Timestamp: '1763840000.25', SystemName: 'hq', EventTime: 1763840000.25 },
        at: 1763840000.25,
        rules: ['1'],
        dueAt: clock.now(),
      },
    ]);
    expect(pipeline.counts()).toMatchObject({ received: 3, matched: 1, byRule: { 1: { matched: 1 } } });
  });

  test('rules of one delay share an item, other delays make others', () => {
    const { pipeline, event, spool, clock } = setUp();
    pipeline.configure(
      configure([
        ['1', 'Cdr'],
        ['2', 'Cdr', '', 0.75],
        ['3', 'Cdr'],
        ['4', 'Cdr', 'False'],
        ['5', 'Cdr', '', 3600],
      ]),
    );
    event({ Event: 'Cdr' }, clock.now());
    expect(spool.items.map(({ rules, dueAt }) => [rules, dueAt - clock.now()])).toEqual([
      [['1', '3'], 0],
      [['2'], 750],
      [['5'], 3_600_000],
    ]);
    expect(pipeline.counts().matched).toBe(1);
  });

  test('a condition that raises is counted and logged by its rule, without the event’s values', async () => {
    const { pipeline, event, spool, clock, logger } = setUp();
    pipeline.configure(
      configure([
        ['7', 'Hangup', "int(event['CallerIDNum']) > 1"],
        ['8', 'Hangup'],
      ]),
    );
    for (let times = 0; times < 3; times += 1)
      event({ Event: 'Hangup', CallerIDNum: 'tel:49301234' }, clock.now());
    expect(pipeline.counts()).toMatchObject({
      conditionErrors: 3,
      byRule: { 7: { conditionErrors: 3, matched: 0 } },
    });
    expect(spool.items.map(({ rules }) => rules)).toEqual([['8'], ['8'], ['8']]);
    expect(logger.at('warn')).toEqual([
      expect.objectContaining({ rule: '7', exception: 'ValueError', times: 1 }),
    ]);
    await clock.advance(60_000);
    event({ Event: 'Hangup', CallerIDNum: 'tel:49301234' }, clock.now());
    expect(logger.at('warn').at(-1)).toMatchObject({ rule: '7', times: 3 });
    expect(JSON.stringify([logger.at('warn'), logger.at('info')])).not.toContain('49301234');
  });

  test('`only` keeps home what it does not hold for and what it fails on', () => {
    const { pipeline, event, spool, clock } = setUp({ only: "event['Channel'].startswith('PJSIP/acme-')" });
    pipeline.configure(configure([['1', 'Hangup']]));
    event({ Event: 'Hangup', Channel: 'PJSIP/other-1' }, clock.now());
    event({ Event: 'Hangup' }, clock.now());
    event({ Event: 'Hangup', Channel: 'PJSIP/acme-1' }, clock.now());
    expect(spool.events()).toEqual([expect.objectContaining({ Channel: 'PJSIP/acme-1' })]);
    expect(pipeline.counts()).toMatchObject({ keptHome: 2, conditionErrors: 1 });
  });

  test('an `only` that is no condition stops the start', () => {
    expect(() => setUp({ only: 'event.Channel' })).toThrow(
      expect.objectContaining({ code: 'CONDITION_SYNTAX' }),
    );
  });

  test('what the spool refuses is counted', async () => {
    const { pipeline, event, spool, clock } = setUp();
    spool.refuse = true;
    pipeline.configure(configure([['1', 'Hangup']]));
    event({ Event: 'Hangup' }, clock.now());
    await clock.advance(0);
    expect(pipeline.counts().spoolErrors).toBe(1);
  });
});

describe('configuration', () => {
  test('wanted are the rules’ events and what reconciliation needs', () => {
    const { pipeline } = setUp();
    const always = ['FullyBooted', 'Newchannel', 'Newstate', 'Rename', 'Hangup', 'OriginateResponse'];
    expect(pipeline.listener.wanted()).toEqual(new Set(always));
    pipeline.configure(
      configure([
        ['1', 'Cdr'],
        ['2', 'Newexten', 'bad('],
      ]),
    );
    expect(pipeline.listener.wanted()).toEqual(new Set(['Cdr', ...always]));
  });

  test('refused rules are told with their column, the version is echoed', () => {
    const { pipeline } = setUp();
    const answer = pipeline.configure(
      configure([
        ['1', 'Cdr'],
        ['2', 'Cdr', 'event.X'],
      ]),
    );
    expect(answer).toEqual({ applied: true, refused: [expect.objectContaining({ id: '2', column: 7 })] });
    expect(pipeline.refusedRules()).toEqual(answer.refused);
    expect(pipeline.rulesVersion()).toBe(rulesVersion);
    pipeline.forgetRulesVersion();
    expect(pipeline.rulesVersion()).toBeNull();
  });

  test('older rules are ignored, the same ones may come again', () => {
    const { pipeline } = setUp();
    pipeline.configure(configure([['1', 'Cdr']], 1000));
    expect(pipeline.configure(configure([['2', 'Hangup']], 999)).applied).toBe(false);
    expect(pipeline.listener.wanted()).toContain('Cdr');
    expect(pipeline.configure(configure([['3', 'Bridge']], 1000)).applied).toBe(true);
    expect(pipeline.listener.wanted()).toContain('Bridge');
  });

  test('rules from the future do not lock out the present', () => {
    const { pipeline, clock } = setUp();
    pipeline.configure(configure([['1', 'Cdr']], 9e9));
    expect(pipeline.configure(configure([], clock.now() / 1000 + 1)).applied).toBe(true);
  });

  test('rules from before the clock was put back do not lock out those after it', () => {
    const clock = timerClock();
    let putBackMs = 0;
    const { pipeline } = setUp({}, { ...clock, now: () => clock.now() - putBackMs });
    pipeline.configure(configure([['1', 'Cdr']], clock.now() / 1000));
    putBackMs = 3_600_000;
    expect(pipeline.configure(configure([], clock.now() / 1000 - 3600)).applied).toBe(true);
    expect(pipeline.configure(configure([], clock.now() / 1000 - 3601)).applied).toBe(false);
  });

  test('after a restart the last rules filter while the version is asked for anew', () => {
    const before = setUp();
    before.pipeline.configure(configure([['1', 'Cdr']], 1000));
    const { pipeline, event, spool, clock } = before.restart();
    expect(pipeline.rulesVersion()).toBeNull();
    event({ Event: 'Cdr' }, clock.now());
    expect(spool.items.map(({ rules }) => rules)).toEqual([['1']]);
    expect(pipeline.configure(configure([], 999)).applied).toBe(false);
  });

  test('rules that can not be kept are in force all the same', () => {
    const { pipeline, logger } = setUp({
      ruleStore: {
        load: () => undefined,
        save: () => {
          throw new Error('disk full');
        },
      },
    });
    expect(pipeline.configure(configure([['1', 'Cdr']])).applied).toBe(true);
    expect(pipeline.listener.wanted()).toContain('Cdr');
    expect(logger.at('error')).toHaveLength(1);
  });
});

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
