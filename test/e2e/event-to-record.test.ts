import { afterAll, beforeAll, expect, it } from 'vitest';
import { placeCall } from '#scripts/lab/sipp.ts';
import { describeOnLab } from './support/bench.ts';
import { type Connector, startConnector } from './support/connector.ts';
import { waitFor } from './support/wait-for.ts';

interface CallRecord {
  src: string;
  dst: string;
  dcontext: string;
  started: string;
  answered: string | false;
  ended: string;
  duration: number;
  billsec: number;
  disposition: string;
  uniqueid: string;
  linkedid: string;
  server_id: [number, string] | false;
}
const fields = [
  'src', 'dst', 'dcontext', 'started', 'answered', 'ended', 'duration', 'billsec', 'disposition', 'uniqueid',
  'linkedid', 'server_id',
]; // prettier-ignore

/** Odoo's datetimes are UTC without saying so. */
const utc = (text: string): number => Date.parse(`${text.replace(' ', 'T')}Z`);

describeOnLab('a call on Asterisk becomes a record in Odoo, by the rule and method of the guide', (bench) => {
  let connector: Connector;
  beforeAll(async () => {
    connector = await startConnector(bench);
  });
  afterAll(() => connector.remove());

  const records = (src: string) =>
    connector.admin.read<CallRecord>('asterisk_calls.call', [['src', '=', src]], fields);

  it('makes one record of an answered call, times in UTC although Asterisk lives elsewhere', async () => {
    const src = `12025${Date.now().toString().slice(-6)}`;
    const before = Date.now();
    const call = await placeCall({
      extension: bench.lab.extensions.answered,
      durationMs: 2000,
      from: { number: src },
    });
    expect(call.statuses).toEqual([200]);
    const after = Date.now();
    await waitFor('the record', async () => (await records(src)).length > 0);

    const made = await records(src);
    expect(made).toHaveLength(1);
    const record = made[0]!;
    expect(record).toMatchObject({ dst: '100', dcontext: 'from-trunk', disposition: 'ANSWERED' });
    expect(record.server_id).toMatchObject([connector.serverId, expect.any(String)]);
    expect(record.linkedid).toBe(record.uniqueid);
    // Cdr times are whole seconds.
    for (const at of [record.started, record.answered || '', record.ended]) {
      expect(utc(at)).toBeGreaterThan(before - 2000);
      expect(utc(at)).toBeLessThan(after + 2000);
    }
    expect(utc(record.ended) - utc(record.started)).toBe(record.duration * 1000);
    expect(record.billsec).toBeGreaterThanOrEqual(1);
    expect(record.billsec).toBeLessThanOrEqual(3);
  });

  it('loses none of ten calls at once and makes none twice', async () => {
    const src = `12026${Date.now().toString().slice(-6)}`;
    await placeCall({
      extension: bench.lab.extensions.answered,
      durationMs: 500,
      from: { number: src },
      calls: 10,
      callsPerSecond: 5,
    });
    await waitFor('ten records', async () => (await records(src)).length >= 10);
    const made = await records(src);
    expect(made).toHaveLength(10);
    expect(new Set(made.map(({ uniqueid }) => uniqueid)).size).toBe(10);
  });
});
