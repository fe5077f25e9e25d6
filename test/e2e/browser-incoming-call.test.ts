import { afterAll, beforeAll, expect, it } from 'vitest';
import { asteriskCli } from '#scripts/lab/asterisk-service.ts';
import { type Phone, placeCall, startPhone } from '#scripts/lab/sipp.ts';
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
  let phone: Phone;
  let partnerId: number;
  let leadId: number;
  const number = `+1202556${Date.now().toString().slice(-4)}`;
  const hostile = '<img src=x onerror=alert(1)>';

  beforeAll(async () => {
    phone = await startPhone({ endpoint: 'phone1', behaviour: 'ring' });
    connector = await startConnector(bench);
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
    await giveTelephone(admin, serverId, agent, { exten: bench.lab.extensions.phone1, endpoint: 'phone1' });
    await admin.call('asterisk_plus.server', 'write', [[serverId], { company_id: await companyOf(agent) }]);
    partnerId = await admin.call('res.partner', 'create', [{ name: 'Grace Hopper', phone: number }]);
    leadId = await admin.call('crm.lead', 'create', [
      { name: 'A compiler', type: 'opportunity', partner_id: partnerId, phone: number },
    ]);
    browser = await OdooBrowser.start(bench.lab);
    window = await browser.signIn(agent);
    await window.open('action-asterisk_plus.call_action');
    await window.listens();
  });
  afterAll(async () => {
    await browser?.close();
    await asteriskCli('channel request hangup all');
    await phone.stop();
    const { admin, serverId } = connector;
    await takeTelephones(admin, serverId);
    await admin.call('crm.lead', 'unlink', [[leadId]]);
    await admin.call('res.partner', 'unlink', [[partnerId]]);
    await retire(admin, [agent, rival, customer]);
    await connector.remove();
  });

  const otherCompany = async () => {
    const { admin } = connector;
    const known = await admin.read<{ id: number }>('res.company', [['name', '=', 'Rival Ltd']], ['id']);
    return known[0]?.id ?? admin.call<number>('res.company', 'create', [{ name: 'Rival Ltd' }]);
  };
  const companyOf = async ({ uid }: Person) => {
    const rows = await connector.admin.read<{ company_id: [number, string] }>(
      'res.users',
      [['id', '=', uid]],
      ['company_id'],
    );
    return rows[0]?.company_id[0] ?? false;
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
    await window.open('action-asterisk_plus.call_action');
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
    await popup.getByText('No answer').waitFor();
    await popup.getByRole('button', { name: 'Close' }).click();
    await popup.waitFor({ state: 'detached' });
    expect(dialogs).toBe(0);
    expect(browser.errors).toEqual([]);
  });

  it('is nobody to the portal and to another company', async () => {
    const known = await connector.admin.read<{ id: number }>(
      'asterisk_plus.call',
      [['calling_number', '=', number]],
      ['id'],
    );
    const ids = known.map(({ id }) => id);
    expect(ids).toHaveLength(1);

    const rivalWindow = await browser.signIn(rival);
    await rivalWindow.open('action-asterisk_plus.call_action');
    await rivalWindow.listens();
    const call = ring({ number, name: 'GRACE H' }, 3000);
    await window.page.locator('.o_pbx_incoming').first().waitFor();
    await call;
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
