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

  it('killed again and again under traffic: no Hangup comes twice, and then none is missing', async () => {
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
    const ends = () => seen(connector.admin, 'call_end', start);
    await waitFor('the last call to end', async () =>
      (await asteriskCli('core show channels count')).includes('0 active channels'),
    );
    await sleep(3000);
    // While it is down AMI's events are lost; channels that it knew are closed. Nothing may come twice.
    const before = await ends();
    expect(new Set(before.map(({ key }) => key)).size).toBe(before.length);
    expect(before.length).toBeGreaterThan(calls / 4);

    const more = 3;
    await placeCall({
      extension: bench.lab.extensions.answered,
      durationMs: 200,
      from: { number },
      calls: more,
    });
    await waitFor('the calls after it', async () => (await ends()).length >= before.length + more);
    const after = await ends();
    expect(after).toHaveLength(before.length + more);
    expect(new Set(after.map(({ key }) => key)).size).toBe(after.length);
  });
});
