import { afterAll, beforeAll, expect, it } from 'vitest';
import { placeCall } from '#scripts/lab/sipp.ts';
import { addRule, changeRules, describeOnLab, lastSeen, seen } from './support/bench.ts';
import { type Connector, startConnector } from './support/connector.ts';
import { waitFor } from './support/wait-for.ts';

describeOnLab('a rule added in Odoo takes effect on the running agent', (bench) => {
  let connector: Connector;
  beforeAll(async () => {
    connector = await startConnector(bench);
  });
  afterAll(() => connector.remove());

  const call = (number: string) =>
    placeCall({ extension: bench.lab.extensions.answered, durationMs: 300, from: { number } });

  it('without a restart, its condition filtering at the edge; removed, it ends', async () => {
    const start = await lastSeen(connector.admin);
    const remove = await changeRules(connector, () =>
      addRule(connector.admin, {
        name: 'Hangup',
        method: 'note_call_end',
        condition:
          "event['CallerIDNum'].startswith('777') and event.get('ChannelStateDesc') in ('Up', 'Ring')",
      }),
    );
    await call('7771');
    await call('8881');
    await call('7772');
    const rows = await waitFor('two call ends', async () => {
      const found = await seen(connector.admin, 'call_end', start);
      return found.length >= 2 && found;
    });
    expect(rows.map((row) => (row.payload as Record<string, string>)['CallerIDNum'])).toEqual([
      '7771',
      '7772',
    ]);

    await changeRules(connector, remove);
    await call('7773');
    // Its Cdr comes after its Hangup would have come.
    await waitFor('the Cdr', async () => {
      const made = await connector.admin.read('asterisk_calls.call', [['src', '=', '7773']], ['src']);
      return made.length > 0;
    });
    expect(await seen(connector.admin, 'call_end', start)).toHaveLength(2);
  });

  it('refuses a condition outside of the language when it is saved, with the column', async () => {
    const saving = addRule(connector.admin, {
      name: 'Hangup',
      method: 'note_event',
      condition: "__import__('os').system('id')",
    });
    await expect(saving).rejects.toThrow(/column 1/);
  });
});
