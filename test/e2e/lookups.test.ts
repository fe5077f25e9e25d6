import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { asteriskCli } from '#scripts/lab/asterisk-service.ts';
import { extensions } from '#scripts/lab/extensions.ts';
import { placeCall } from '#scripts/lab/sipp.ts';
import { describeOnLab } from './support/bench.ts';
import { freshNumber, labAdmin } from './support/cloud-odoo.ts';
import { waitFor } from './support/wait-for.ts';

const checkout = join(import.meta.dirname, '../..');
const name = 'Zoë Müller & Söhne, Inc.';

describeOnLab("the dialplan asks Odoo for the caller's name, manager and tags", (bench) => {
  const admin = labAdmin(bench);
  const made: [model: string, id: number][] = [];
  const create = async (model: string, values: object): Promise<number> => {
    const id = await admin.call<number>(model, 'create', [values]);
    made.unshift([model, id]);
    return id;
  };
  const caller = freshNumber('+4930901');
  let key = '';

  beforeAll(async () => {
    const pbx = `acme_lookup${Date.now().toString(36)}`;
    const server = await create('asterisk_plus.server', { name: pbx, pbx });
    key = await newLookupKey(server);
    await asteriskCli(`dialplan set global ODOO_URL ${bench.lab.odoo.url}`);
    const { uid } = bench.lab.odoo.admin;
    await create('asterisk_plus.user', {
      server_id: server,
      user_id: uid,
      exten: '101',
      channel_ids: ['PJSIP/101', 'PJSIP/102'].map((channel) => [0, 0, { name: channel }]),
    });
    const tag = await create('res.partner.category', { name: 'VIP' });
    await create('res.partner', { name, phone: caller, user_id: uid, category_id: [[6, 0, [tag]]] });
  });
  afterAll(async () => {
    for (const [model, id] of made) await admin.call(model, 'unlink', [[id]]);
    for (const global of ['ODOO_URL', 'ODOO_LOOKUP_KEY']) {
      await asteriskCli(`dialplan set global ${global} ""`);
    }
  });

  /** As a PBX admin makes one: the dialog shows it, "Use this key" keeps its hash. */
  async function newLookupKey(server: number): Promise<string> {
    const { res_model: dialog, res_id: id } = await admin.call<{ res_model: string; res_id: number }>(
      'asterisk_plus.server',
      'action_new_lookup_key',
      [[server]],
    );
    const [shown] = await admin.call<{ key: string }[]>(dialog, 'read', [[id], ['key']]);
    await admin.call(dialog, 'action_use', [[id]]);
    return shown?.key ?? '';
  }

  /** What Asterisk says of the incoming call's channel while it lasts. */
  async function calledFrom(number: string): Promise<string> {
    const hangUp = new AbortController();
    const call = placeCall({
      extension: extensions.lookedUp,
      durationMs: 60_000,
      from: { number, name: 'as the trunk said' },
      signal: hangUp.signal,
    });
    try {
      const channel = await waitFor(`the call from ${number} to be answered`, async () => {
        const lines = (await asteriskCli('core show channels concise')).split('\n');
        const line = lines.find(
          (row) => row.includes(`!${extensions.lookedUp}!`) && row.includes(`!Up!Wait!`),
        );
        return line?.split('!')[0];
      });
      return await asteriskCli(`core show channel ${channel}`);
    } finally {
      hangUp.abort();
      await call.catch(() => undefined);
      await asteriskCli('channel request hangup all');
    }
  }

  it('a known caller is shown by name; manager and tags are there to route by', async () => {
    await asteriskCli(`dialplan set global ODOO_LOOKUP_KEY ${key}`);
    const channel = await calledFrom(caller);
    expect(channel).toMatch(new RegExp(`Caller ID Name: ${name}$`, 'm'));
    expect(channel).toMatch(/^ODOO_MANAGER=PJSIP\/101&PJSIP\/102$/m);
    expect(channel).toMatch(/^ODOO_TAGS=VIP$/m);
    expect(channel).toMatch(/^WHO=vip$/m);
  });

  it('an unknown caller stays as the trunk said, and so do all with a wrong key', async () => {
    await asteriskCli(`dialplan set global ODOO_LOOKUP_KEY ${key}`);
    expect(await calledFrom('+4930000000')).toMatch(/Caller ID Name: as the trunk said$/m);
    await asteriskCli('dialplan set global ODOO_LOOKUP_KEY wrong');
    const channel = await calledFrom(caller);
    expect(channel).toMatch(/Caller ID Name: as the trunk said$/m);
    expect(channel).toMatch(/^ODOO_TAGS=$/m);
    expect(channel).toMatch(/^WHO=guest$/m);
  });

  it('the dialplan of the page is the one that ran', async () => {
    const page = await readFile(join(checkout, 'docs/lookups.md'), 'utf8');
    const blocks = [...page.matchAll(/^```ini\n([^]*?)^```$/gm)].map(([, block = '']) => block);
    const lab = await readFile(join(checkout, 'scripts/lab/asterisk/extensions.conf'), 'utf8');
    const lookups = blocks.find((block) => block.startsWith('[odoo-lookups]'));
    expect(lookups).toBeDefined();
    expect(lab).toContain(lookups);
  });
});
