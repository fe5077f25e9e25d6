import { randomInt } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Phone, type PhoneOptions, placeCall, startPhone } from '#scripts/lab/sipp.ts';
import { describeOnLab } from './support/bench.ts';
import { type Connector, startConnector } from './support/connector.ts';
import { type Telephone, lendTelephone } from './support/telephone.ts';
import { waitFor } from './support/wait-for.ts';

interface CallRecord {
  id: number;
  direction: string;
  status: string;
  is_active: boolean;
  calling_number: string;
  called_number: string;
  calling_user_id: [number, string] | false;
  called_user_ids: number[];
  answered_user_id: [number, string] | false;
  partner_id: [number, string] | false;
  talk_time: number;
  ring_time: number;
}
const fields = [
  'direction', 'status', 'is_active', 'calling_number', 'called_number', 'calling_user_id', 'called_user_ids',
  'answered_user_id', 'partner_id', 'talk_time', 'ring_time',
]; // prettier-ignore

/** A number of the United States that no other test uses. */
const newNumber = (): string => `+1202555${randomInt(1000, 9999)}`;

describeOnLab('calls on real telephones become call records', (bench) => {
  const { extensions } = bench.lab;
  let connector: Connector;
  let telephone: Telephone;
  let partner: number;
  const customer = newNumber();

  beforeAll(async () => {
    connector = await startConnector(bench);
    telephone = await lendTelephone(bench, connector, { endpoint: 'phone1', exten: '200' });
    partner = await connector.admin.call<number>('res.partner', 'create', [{ name: 'Ada', phone: customer }]);
  });
  afterAll(async () => {
    await connector?.admin.call('res.partner', 'unlink', [[partner]]);
    await telephone?.giveBack();
    await connector?.remove();
  });

  async function withPhones(options: readonly PhoneOptions[], deed: () => Promise<void>): Promise<void> {
    const phones: Phone[] = [];
    try {
      for (const phone of options) phones.push(await startPhone(phone));
      await deed();
    } finally {
      await Promise.all(phones.map((phone) => phone.stop()));
    }
  }

  const records = (domain: unknown[]) =>
    connector.admin.read<CallRecord>('asterisk_plus.call', domain, fields);
  const ended = (from: string) =>
    waitFor(`the ended call of ${from}`, async () => {
      const found = await records([['calling_number', '=', from]]);
      return found.length > 0 && found.every((call) => !call.is_active) && found;
    });

  it('an answered call has its user, its contact and its log', async () => {
    await withPhones([{ endpoint: 'phone1', ringMs: 1200 }], async () => {
      await placeCall({ extension: extensions.phone1, durationMs: 2500, from: { number: customer } });
    });
    const [call, ...others] = await ended(customer);
    expect(others).toEqual([]);
    expect(call).toMatchObject({ direction: 'in', status: 'answered', called_number: '200' });
    expect(call?.answered_user_id).toMatchObject([telephone.userId, expect.any(String)]);
    expect(call?.called_user_ids).toEqual([telephone.userId]);
    expect(call?.partner_id).toMatchObject([partner, expect.any(String)]);
    expect(call?.ring_time).toBeGreaterThanOrEqual(1);
    expect(call?.talk_time).toBeGreaterThanOrEqual(1);
    const log = await connector.admin.read(
      'asterisk_plus.call_event',
      [['call_id', '=', call?.id]],
      ['kind'],
    );
    expect(log.map(({ kind }) => kind)).toEqual(['start', 'ring', 'answer', 'end']);
  });

  it.each([
    { behaviour: 'busy', patienceMs: 10_000, status: 'busy' },
    { behaviour: 'ring', patienceMs: 800, status: 'noanswer' },
  ] as const)('a call to a phone that is $behaviour has the status $status', async (kind) => {
    const from = newNumber();
    await withPhones([{ endpoint: 'phone1', behaviour: kind.behaviour }], async () => {
      await placeCall({ extension: extensions.phone1, patienceMs: kind.patienceMs, from: { number: from } });
    });
    const [call, ...others] = await ended(from);
    expect(others).toEqual([]);
    expect(call).toMatchObject({ status: kind.status, answered_user_id: false, talk_time: 0 });
    expect(call?.called_user_ids).toEqual([telephone.userId]);
  });

  it('a clicked number rings the own telephone, then the other side', async () => {
    await withPhones([{ endpoint: 'phone1' }, { endpoint: 'phone2', talkMs: 1500 }], async () => {
      const id = await telephone.session.call<number>('asterisk_plus.server', 'originate_call', [
        customer,
        'res.partner',
        partner,
      ]);
      const [call] = await waitFor('the end of the clicked call', async () => {
        const found = await records([['id', '=', id]]);
        return found.length === 1 && !found[0]?.is_active && found;
      });
      expect(call).toMatchObject({ direction: 'out', status: 'answered', called_number: customer });
      expect(call?.calling_user_id).toMatchObject([telephone.userId, expect.any(String)]);
      expect(call?.partner_id).toMatchObject([partner, expect.any(String)]);
    });
  });

  it('a clicked number fails with a reason when the own telephone refuses', async () => {
    await withPhones([{ endpoint: 'phone1', behaviour: 'busy' }], async () => {
      const id = await telephone.session.call<number>('asterisk_plus.server', 'originate_call', [customer]);
      const [call] = await waitFor('the failed call', async () => {
        const found = await records([['id', '=', id]]);
        return found.length === 1 && !found[0]?.is_active && found;
      });
      expect(call).toMatchObject({ direction: 'out', status: 'busy', talk_time: 0 });
    });
  });
});
