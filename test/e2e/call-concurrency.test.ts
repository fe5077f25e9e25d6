import { randomUUID } from 'node:crypto';
import { beforeAll, expect, it } from 'vitest';
import { gatewayAnswerSchema } from '#core/contracts/gateway.ts';
import { describeOnLab } from './support/bench.ts';
import { type OdooSession, odooSession, upsertServer } from './support/odoo-admin.ts';

const pbx = 'acme_hq';

describeOnLab('batches that change one call at the same time', (bench) => {
  const { lab, agentUser } = bench;
  let admin: OdooSession;
  let agent: OdooSession;
  let rules: Map<string, string>;
  beforeAll(async () => {
    admin = odooSession({ ...lab.odoo, uid: lab.odoo.admin.uid, password: lab.odoo.admin.password });
    agent = odooSession({ ...lab.odoo, uid: agentUser.uid, password: agentUser.password });
    await upsertServer(admin, { pbx, doorUrl: 'http://127.0.0.1:9/', apiKey: 'none', userId: agentUser.uid });
    const domain = [['model', '=', 'asterisk_plus.channel']];
    const found = await admin.read<{ id: number; name: string }>('asterisk_plus.event', domain, ['name']);
    rules = new Map(found.map(({ id, name }) => [name, String(id)]));
  });

  /** One event, in a batch of its own. */
  const deliver = async (event: Record<string, string>) => {
    const item = {
      epoch: randomUUID(),
      seq: 1,
      at: Number(event['Timestamp']),
      rules: [rules.get(event['Event'] ?? '') ?? ''],
      event,
    };
    const answer = await agent.call('asterisk_plus.server', 'process_batch', [
      { v: 1, pbx, events: [item], results: [] },
    ]);
    return gatewayAnswerSchema.parse(answer);
  };

  it('lose nothing and leave one record', async () => {
    const id = randomUUID();
    const start = Math.floor(Date.now() / 1000) - 3600;
    const at = (seconds: number) => ({ Timestamp: String(start + seconds), Linkedid: `${id}.1` });
    const caller = { Channel: 'PJSIP/trunk-0000000a', Uniqueid: `${id}.1` };
    const phone = (n: number) => ({ Channel: `PJSIP/desk${n}-0000000b`, Uniqueid: `${id}.${n}` });
    const dialled = (n: number) => ({
      ...caller,
      DestChannel: phone(n).Channel,
      DestUniqueid: phone(n).Uniqueid,
    });
    const desks = [2, 3, 4];
    const ends = [
      { Event: 'DialEnd', DialStatus: 'CANCEL', ...dialled(2), ...at(5) },
      { Event: 'DialEnd', DialStatus: 'ANSWER', ...dialled(3), ...at(5) },
      { Event: 'DialEnd', DialStatus: 'CANCEL', ...dialled(4), ...at(5) },
      { Event: 'Hangup', Cause: '26', ...phone(2), ...at(5) },
      { Event: 'Hangup', Cause: '16', ...phone(3), ...at(65) },
      { Event: 'Hangup', Cause: '26', ...phone(4), ...at(5) },
      { Event: 'Hangup', Cause: '16', ...caller, ...at(65) },
    ];
    const news = [
      { Event: 'Newchannel', ChannelStateDesc: 'Ring', Exten: '300', ...caller, ...at(0) },
      ...desks.map((n) => ({ Event: 'Newchannel', ChannelStateDesc: 'Down', ...phone(n), ...at(1) })),
    ];
    // Few at once: Odoo runs a transaction five times at most.
    for (const events of [news, ends.slice(0, 4), ends.slice(4)]) {
      const answers = await Promise.all(events.map(deliver));
      expect(answers.map(({ done, failed }) => [done, failed.length])).toEqual(events.map(() => [1, 0]));
    }
    const [call, ...others] = await admin.read<{ id: number; channel_ids: number[] }>(
      'asterisk_plus.call',
      [['channel_ids.uniqueid', 'like', id]],
      ['status', 'is_active', 'talk_time', 'duration', 'channel_ids'],
    );
    expect(others).toEqual([]);
    expect(call).toMatchObject({ status: 'answered', is_active: false, talk_time: 60, duration: 65 });
    expect(call?.channel_ids).toHaveLength(4);
  });
});
