import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { placeCall } from '#scripts/lab/sipp.ts';
import { startLabService, stopLabService } from '#scripts/lab/up.ts';
import { addRule, changeRules, describeOnLab, lastSeen, seen } from './support/bench.ts';
import { type Connector, startConnector } from './support/connector.ts';
import { waitFor } from './support/wait-for.ts';

describeOnLab('Odoo is down for 30 s under traffic', (bench) => {
  let connector: Connector;
  let removeRule: () => Promise<void>;
  const number = `12027${Date.now().toString().slice(-6)}`;
  beforeAll(async () => {
    connector = await startConnector(bench);
    removeRule = await changeRules(connector, () =>
      addRule(connector.admin, {
        name: 'Newchannel',
        method: 'note_event',
        condition: `event['CallerIDNum'] == '${number}'`,
      }),
    );
  });
  afterAll(async () => {
    await startLabService('odoo');
    await removeRule();
    await connector.remove();
  });

  it('loses nothing, keeps the order and does nothing twice', async () => {
    const calls = 45;
    const start = await lastSeen(connector.admin);
    const traffic = placeCall({
      extension: bench.lab.extensions.answered,
      durationMs: 300,
      from: { number },
      calls,
      callsPerSecond: 1,
    });
    await sleep(5000);
    await stopLabService('odoo');
    await sleep(30_000);
    await startLabService('odoo');
    await traffic;

    const rows = await waitFor(
      'every Newchannel',
      async () => {
        const found = await seen(connector.admin, 'event', start);
        return found.length >= calls && found;
      },
      90_000,
    );
    expect(rows).toHaveLength(calls);
    const uniqueids = rows.map(({ key }) => key);
    expect(new Set(uniqueids).size).toBe(calls);
    // Asterisk's Uniqueid is the time and a serial number.
    const numbers = uniqueids.map((id) => id.split('.').map(Number) as [number, number]);
    expect(numbers).toEqual(numbers.toSorted((a, b) => a[0] - b[0] || a[1] - b[1]));

    const cdrs = await waitFor(
      'every Cdr',
      async () => {
        const found = await connector.admin.read<{ uniqueid: string }>(
          'asterisk_calls.call',
          [['src', '=', number]],
          ['uniqueid'],
        );
        return found.length >= calls && found;
      },
      60_000,
    );
    expect(cdrs.map(({ uniqueid }) => uniqueid).toSorted()).toEqual(uniqueids.toSorted());
  }, 240_000);
});
