import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { asteriskCli } from '#scripts/lab/asterisk-service.ts';
import { placeCall } from '#scripts/lab/sipp.ts';
import { addRule, changeRules, describeOnLab, lastSeen, seen } from './support/bench.ts';
import { type Connector, startConnector } from './support/connector.ts';
import { waitFor } from './support/wait-for.ts';

describeOnLab('the agent dies and comes back', (bench) => {
  let connector: Connector;
  let removeRule: () => Promise<void>;
  const number = `12029${Date.now().toString().slice(-6)}`;
  beforeAll(async () => {
    connector = await startConnector(bench);
    removeRule = await changeRules(connector, () =>
      addRule(connector.admin, {
        name: 'Hangup',
        method: 'note_call_end',
        condition: `event['CallerIDNum'] == '${number}'`,
      }),
    );
  });
  afterAll(async () => {
    await removeRule();
    await connector.remove();
  });

  it('killed during a call that ends meanwhile: Odoo gets one Hangup, marked as synthetic', async () => {
    const start = await lastSeen(connector.admin);
    const call = placeCall({ extension: bench.lab.extensions.long, durationMs: 60_000, from: { number } });
    await waitFor('the call', async () => (await asteriskCli('core show channels concise')).includes(number));
    await sleep(1500);
    await connector.stop('SIGKILL');
    await asteriskCli('channel request hangup all');
    await call;
    await connector.start();
    const ends = await waitFor('the end of the call', async () => {
      const rows = await seen(connector.admin, 'call_end', start);
      return rows.length > 0 && rows;
    });
    expect(ends).toHaveLength(1);
    expect(ends[0]?.payload).toMatchObject({ _synthetic: true, CallerIDNum: number, SystemName: 'lab' });
  });

  it('killed again and again under traffic: what it acknowledged arrives once', async () => {
    const start = await lastSeen(connector.admin);
    const calls = 40;
    const traffic = placeCall({
      extension: bench.lab.extensions.answered,
      durationMs: 200,
      from: { number },
      calls,
      callsPerSecond: 2,
    });
    for (let round = 0; round < 2; round += 1) {
      await sleep(2000);
      await connector.stop('SIGKILL');
      await connector.start();
    }
    await traffic;
    const last = await waitFor('the last calls', async () => {
      const rows = await seen(connector.admin, 'call_end', start);
      return (
        rows.length > 0 &&
        (await asteriskCli('core show channels count')).includes('0 active channels') &&
        rows
      );
    });
    await sleep(3000);
    const ends = await seen(connector.admin, 'call_end', start);
    expect(ends.length).toBeGreaterThanOrEqual(last.length);
    // While it is down AMI's events are lost; channels that it knew are closed. Nothing may come twice.
    expect(new Set(ends.map(({ key }) => key)).size).toBe(ends.length);
    expect(ends.length).toBeGreaterThan(calls / 4);
    expect(ends.length).toBeLessThanOrEqual(calls);
  });
});
