import { afterAll, beforeAll, expect, it } from 'vitest';
import { placeCall } from '#scripts/lab/sipp.ts';
import { addRule, changeRules, describeOnLab, lastSeen, seen } from './support/bench.ts';
import { type Connector, startConnector } from './support/connector.ts';
import { waitFor } from './support/wait-for.ts';

interface Failure {
  id: number;
  method: string;
  traceback: string;
}

describeOnLab('a handler that raises fails alone', (bench) => {
  let connector: Connector;
  let failuresBefore = 0;
  const removals: (() => Promise<void>)[] = [];
  const number = `12028${Date.now().toString().slice(-6)}`;
  const condition = `event['CallerIDNum'] == '${number}'`;
  beforeAll(async () => {
    connector = await startConnector(bench);
    await changeRules(connector, async () => {
      for (const method of ['always_raise', 'note_call_end', 'commit_itself']) {
        removals.push(await addRule(connector.admin, { name: 'Hangup', method, condition }));
      }
    });
    const ids = await connector.admin.call<number[]>('asterisk_plus.event_failure', 'search', [[]], {
      order: 'id desc',
      limit: 1,
    });
    failuresBefore = ids[0] ?? 0;
  });
  afterAll(async () => {
    for (const remove of removals) await remove();
    await connector.remove();
  });

  const failures = (method: string) =>
    connector.admin.read<Failure>(
      'asterisk_plus.event_failure',
      [
        ['id', '>', failuresBefore],
        ['method', '=', method],
      ],
      ['method', 'traceback'],
    );

  it('is kept with its traceback, everything else arrives; a commit gets a clear error', async () => {
    const start = await lastSeen(connector.admin);
    await placeCall({
      extension: bench.lab.extensions.answered,
      durationMs: 300,
      from: { number },
      calls: 5,
      callsPerSecond: 5,
    });
    const ends = await waitFor('five call ends', async () => {
      const rows = await seen(connector.admin, 'call_end', start);
      return rows.length >= 5 && rows;
    });
    expect(ends).toHaveLength(5);
    const raised = await waitFor('five failures', async () => {
      const rows = await failures('always_raise');
      return rows.length >= 5 && rows;
    });
    expect(raised).toHaveLength(5);
    expect(raised[0]?.traceback).toContain('this handler always raises');
    expect(raised[0]?.traceback).toContain('probe.py');

    const committed = await failures('commit_itself');
    expect(committed).toHaveLength(5);
    expect(committed[0]?.traceback).toMatch(/commit/i);
    expect(await seen(connector.admin, 'commit', start)).toHaveLength(0);
  });
});
