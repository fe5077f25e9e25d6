import { describe, expect, test } from 'vitest';
import { timerClock } from '#test/support/timer-clock.ts';
import { rulesVersion, configure, setUp } from '#test/support/trial-pipeline.ts';

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
