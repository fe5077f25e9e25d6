import { afterAll, beforeAll, expect, it } from 'vitest';
import { placeCall } from '#scripts/lab/sipp.ts';
import { describeOnLab } from './support/bench.ts';
import { type Connector, startConnector } from './support/connector.ts';
import { odooSession } from './support/odoo-admin.ts';
import { waitFor } from './support/wait-for.ts';

const model = 'x_pbx_call';

interface CallRecord {
  x_src: string;
  x_seconds: number;
  x_direction: string;
}

describeOnLab(
  'a call becomes a record of a model made in Studio, by a rule of the configuration alone',
  (bench) => {
    const { odoo } = bench.lab;
    const admin = odooSession({ ...odoo, uid: odoo.admin.uid, password: odoo.admin.password });
    let connector: Connector;
    let modelId: number;

    beforeAll(async () => {
      const field = (name: string, type: string, label: string) => [
      0, 0, { name, ttype: type, field_description: label, state: 'manual' },
    ]; // prettier-ignore
      modelId = await admin.call<number>('ir.model', 'create', [
        {
          name: 'PBX calls',
          model,
          state: 'manual',
          field_id: [
            field('x_uniqueid', 'char', 'Call id'),
            field('x_src', 'char', 'From'),
            field('x_seconds', 'integer', 'Seconds'),
            field('x_direction', 'char', 'Direction'),
          ],
          access_ids: [
            [0, 0, { name: 'all', perm_read: true, perm_write: true, perm_create: true, perm_unlink: true }],
          ],
        },
      ]);
      const rule = {
        id: 'cdr',
        name: 'Cdr',
        model,
        key: 'x_uniqueid',
        condition: "event['Disposition'] == 'ANSWERED'",
        values: {
          x_uniqueid: "event['UniqueID']",
          x_src: "event['Source']",
          x_seconds: "int(event['BillableSeconds'])",
          x_direction: "'in' if event['DestinationContext'] == 'from-trunk' else 'out'",
        },
      };
      connector = await startConnector(bench, {}, { rules: [rule] });
    });
    afterAll(async () => {
      await connector?.remove();
      if (modelId) await admin.call('ir.model', 'unlink', [[modelId]]);
    });

    const records = (src: string) =>
      admin.read<CallRecord>(model, [['x_src', '=', src]], ['x_src', 'x_seconds', 'x_direction']);

    it('with the values of the expressions, one record a call', async () => {
      const number = `12027${Date.now().toString().slice(-6)}`;
      const from = { number };
      const { answered } = bench.lab.extensions;
      await placeCall({ extension: answered, durationMs: 1500, from, calls: 3, callsPerSecond: 3 });
      await waitFor('three records', async () => (await records(number)).length >= 3);
      const made = await records(number);
      expect(made).toHaveLength(3);
      for (const record of made) {
        expect(record.x_direction).toBe('in');
        expect(record.x_seconds).toBeGreaterThanOrEqual(1);
      }
    });
  },
);
