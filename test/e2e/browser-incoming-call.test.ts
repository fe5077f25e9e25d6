import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { asteriskCli } from '#scripts/lab/asterisk-service.ts';
import { placeCall, startPhone } from '#scripts/lab/sipp.ts';
import { describeOnLab } from './support/bench.ts';
import { type Connector, startConnector } from './support/connector.ts';
import { odooSession } from './support/odoo-admin.ts';
import { OdooBrowser, type OdooWindow } from './support/odoo-browser.ts';
import { type Person, giveTelephone, makePerson, retire, takeTelephones } from './support/odoo-people.ts';
import { waitFor } from './support/wait-for.ts';

describeOnLab('a support agent is called', (bench) => {
  let connector: Connector;
  let browser: OdooBrowser;
  let agent: Person;
  let rival: Person;
  let customer: Person;
  let window: OdooWindow;
  let partnerId: number;
  let leadId: number;
  let number: string;
  const hostile = '<img src=x onerror=alert(1)>';
  const undo: (() => Promise<unknown>)[] = [];

  beforeAll(async () => {
    const phone = await startPhone({ endpoint: 'phone1', behaviour: 'ring' });
    undo.push(phone.stop);
    connector = await startConnector(bench);
    undo.push(connector.remove, () => asteriskCli('channel request hangup all'));
    const { admin, serverId } = connector;
    agent = await makePerson(admin, {
      name: 'Sam Support',
      groups: ['asterisk_plus.group_pbx_user', 'sales_team.group_sale_salesman_all_leads'],
    });
    rival = await makePerson(admin, {
      name: 'Rita Rival',
      groups: ['asterisk_plus.group_pbx_user'],
      companyId: await otherCompany(),
    });
    customer = await makePerson(admin, { name: 'Paul Portal', groups: ['base.group_portal'] });
    undo.push(() => retire(admin, [agent, rival, customer]));
    await giveTelephone(admin, serverId, agent, { exten: bench.lab.extensions.phone1, endpoint: 'phone1' });
    undo.push(() => takeTelephones(admin, serverId));
    undo.push(forgetHostile);
    browser = await OdooBrowser.start(bench.lab);
    undo.push(() => browser.close());
    window = await browser.signIn(agent);
  });
  afterAll(async () => {
    for (const step of undo.toReversed()) await step();
  });
  // A customer of its own for each attempt: what an earlier one left must not count.
  beforeEach(async () => {
    const { admin } = connector;
    number = `+1202556${Date.now().toString().slice(-4)}`;
    const partner = await admin.call<number>('res.partner', 'create', [
      { name: 'Grace Hopper', phone: number },
    ]);
    const lead = await admin.call<number>('crm.lead', 'create', [
      { name: 'A compiler', type: 'opportunity', partner_id: partner, phone: number },
    ]);
    [partnerId, leadId] = [partner, lead];
    await window.open('action-asterisk_plus.call_action');
    await window.listens();
    return async () => {
      await admin.call('crm.lead', 'unlink', [[lead]]);
      await admin.call('res.partner', 'unlink', [[partner]]);
    };
  });

  /** The form of a new contact saves itself when it is left. */
  const forgetHostile = async () => {
    const { admin } = connector;
    const ids = await admin.call<number[]>('res.partner', 'search', [[['name', '=', hostile]]]);
    await admin.call('res.partner', 'unlink', [ids]);
  };
  const otherCompany = async () => {
    const { admin } = connector;
    const known = await admin.read<{ id: number }>('res.company', [['name', '=', 'Rival Ltd']], ['id']);
    return known[0]?.id ?? admin.call<number>('res.company', 'create', [{ name: 'Rival Ltd' }]);
  };
  /** Rings at the agent until `patienceMs`; nobody answers. */
  const ring = (from: { number: string; name: string }, patienceMs: number) =>
    placeCall({ extension: bench.lab.extensions.phone1, from, patienceMs });
  const keepPopups = async () => {
    const { admin } = connector;
    const ids = await admin.call<number[]>('asterisk_plus.user', 'search', [[['user_id', '=', agent.uid]]]);
    await admin.call('asterisk_plus.user', 'write', [ids, { popup_sticky: true }]);
  };
  const sessionOf = ({ uid, password }: Person) => odooSession({ ...bench.lab.odoo, uid, password });

  it('sees who calls, what was before, and opens it; a missed call is to be called back', async () => {
    const { page } = window;
    const called = performance.now();
    const call = ring({ number, name: 'GRACE H' }, 9000);
    const popup = page.getByRole('alertdialog', { name: 'Incoming call from Grace Hopper' });
    await popup.waitFor();
    console.info(`popup ${Math.round(performance.now() - called)} ms after the caller began to dial`);
    await popup.getByText('Ringing').waitFor();
    await popup.getByText(`${number} · GRACE H`).waitFor();
    await popup.getByRole('button', { name: 'A compiler' }).waitFor();
    await page.locator('.o_data_row').filter({ hasText: number }).getByText('In progress').waitFor();
    await window.picture('incoming-call');
    await popup.getByRole('button', { name: 'Open contact' }).click();
    await page.locator('.o_form_view').waitFor();
    await page.locator('.o_breadcrumb').getByText('Grace Hopper').waitFor();
    expect((await call).statuses).toEqual([487]);

    await popup.waitFor({ state: 'detached' });
    const activities = await waitFor('the activity', async () => {
      const rows = await connector.admin.read<{ user_id: [number, string]; summary: string }>(
        'mail.activity',
        [
          ['res_model', '=', 'res.partner'],
          ['res_id', '=', partnerId],
        ],
        ['user_id', 'summary'],
      );
      return rows.length > 0 && rows;
    });
    expect(activities).toHaveLength(1);
    expect(activities[0]?.user_id[0]).toBe(agent.uid);
    await window.open(`res.partner/${partnerId}`);
    const activity = page.locator('.o-mail-Activity');
    await activity.getByText('Missed call from').waitFor();
    await page.locator('.o-mail-Message').getByText('Incoming call from GRACE H').waitFor();
    await activity.scrollIntoViewIfNeeded();
    await page.locator('.o-mail-Message').last().scrollIntoViewIfNeeded();
    await window.picture('missed-call');
    await window.open(`crm.lead/${leadId}`);
    await page.locator('.o-mail-Message').getByText('Incoming call from GRACE H').waitFor();
  });

  it('sees a hostile name as text, Esc closes the popup, a kept one stays; one click makes a contact', async () => {
    const { page } = window;
    await forgetHostile();
    let dialogs = 0;
    page.on('dialog', (dialog) => {
      dialogs += 1;
      void dialog.dismiss();
    });
    const first = ring({ number: '+12025571111', name: hostile }, 5000);
    const popup = page.locator('.o_pbx_incoming').filter({ hasText: hostile });
    await popup.locator('.o_pbx_caller').getByText(hostile).waitFor();
    expect(await popup.locator('img').count()).toBe(0);
    await page.keyboard.press('Escape');
    await popup.waitFor({ state: 'detached' });
    await first;

    await keepPopups();
    const second = ring({ number: '+12025572222', name: hostile }, 5000);
    await popup.getByRole('button', { name: 'Create contact' }).click();
    const name = page.locator('.o_form_view .o_field_widget[name=name]').locator('input, textarea').first();
    await waitFor('the new contact', async () => (await name.inputValue()) === hostile);
    await second;
    // This one stays: what came of the call can still be seen.
    await popup.locator('.o_pbx_call_state').getByText('No answer').waitFor();
    await popup.getByRole('button', { name: 'Close' }).click();
    await popup.waitFor({ state: 'detached' });
    expect(dialogs).toBe(0);
    expect(browser.errors).toEqual([]);
  });

  it('is nobody to the portal and to another company', async () => {
    const rivalWindow = await browser.signIn(rival);
    await rivalWindow.open('action-asterisk_plus.call_action');
    await rivalWindow.listens();
    const call = ring({ number, name: 'GRACE H' }, 3000);
    await window.page.locator('.o_pbx_incoming').first().waitFor();
    await call;
    const ids = await connector.admin.call<number[]>('asterisk_plus.call', 'search', [
      [['calling_number', '=', number]],
    ]);
    expect(ids).toHaveLength(1);
    expect(await rivalWindow.page.locator('.o_pbx_incoming').count()).toBe(0);
    expect(await rivalWindow.page.locator('.o_data_row').filter({ hasText: number }).count()).toBe(0);
    const { call: ask } = sessionOf(rival);
    expect(await ask('asterisk_plus.call', 'phone_state', [])).toEqual({ calls: [], incoming: [] });
    await expect(ask('asterisk_plus.call', 'read', [ids, ['calling_number']])).rejects.toThrow(/access/i);
    await expect(ask('asterisk_plus.call', 'hang_up', [ids])).rejects.toThrow(/access/i);

    const portal = await browser.signIn(customer);
    expect(await portal.page.locator('.o_pbx_menu').count()).toBe(0);
    const { call: beg } = sessionOf(customer);
    for (const [method, args] of [
      ['phone_state', []],
      ['recent_calls', []],
      ['search_read', [[]]],
    ] as const) {
      await expect(beg('asterisk_plus.call', method, [...args])).rejects.toThrow();
    }
    await expect(beg('asterisk_plus.server', 'originate_call', ['+12025550100'])).rejects.toThrow();
  });
});
