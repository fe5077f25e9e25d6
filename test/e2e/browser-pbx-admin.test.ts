import { type Browser, type Page, chromium } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { chromiumOptions } from '#test/support/chromium.ts';
import { describeOnLab } from './support/bench.ts';
import { type Connector, startConnector } from './support/connector.ts';
import { waitFor } from './support/wait-for.ts';

/** Odoo makes its assets at the first visit of a database. */
const patience = 90_000;

describeOnLab('a PBX admin at the form of a server', (bench) => {
  let connector: Connector;
  let browser: Browser;
  let page: Page;
  beforeAll(async () => {
    connector = await startConnector(bench);
    browser = await chromium.launch(chromiumOptions);
    page = await browser.newPage({ locale: 'en-US' });
    page.setDefaultTimeout(patience);
    const { url, admin } = bench.lab.odoo;
    await page.goto(`${url}/web/login`);
    await page.locator('input[name=login]').fill(admin.login);
    await page.locator('input[name=password]').fill(admin.password);
    await page.locator('form.oe_login_form button[type=submit]').click();
    await page.waitForURL(/\/(odoo|web$)/);
  });
  afterAll(async () => {
    await browser?.close();
    await connector?.remove();
  });

  const openServer = async () => {
    await page.goto(`${bench.lab.odoo.url}/odoo/asterisk_plus.server/${connector.serverId}`);
    await page.locator('.o_form_view').waitFor();
  };
  const steps = (state: string) => page.locator(`.modal li[data-state=${state}]`);

  it('sees that the PBX is online', async () => {
    await waitFor('Odoo to hear of the agent', async () => {
      const [server] = await connector.admin.read<{ agent_state: string }>(
        'asterisk_plus.server',
        [
          ['id', '=', connector.serverId],
          ['online', '=', true],
        ],
        ['agent_state'],
      );
      return server?.agent_state === 'online';
    });
    await openServer();
    const badge = page.locator('.o_field_badge[name=agent_state]').first();
    expect((await badge.textContent())?.trim()).toBe('Online');
    expect(await page.locator('[name=last_seen_ago]').textContent()).toMatch(/ago/);
  });

  it('tests the whole way, step by step', async () => {
    await page.locator('button[name=action_test]').click();
    await steps('done').nth(3).waitFor();
    expect(await steps('done').count()).toBe(4);
    await page.locator('.modal button[special=cancel], .modal .o_form_button_cancel').first().click();
    await page.locator('.modal').waitFor({ state: 'detached' });
  });

  it('is told at which step it fails', async () => {
    await connector.stop();
    await page.locator('button[name=action_test]').click();
    await page.getByText('The door did not answer').waitFor();
    expect(await steps('waiting').count()).toBe(4);
    await page.locator('.modal button[special=cancel], .modal .o_form_button_cancel').first().click();
  });

  it('makes a key, which is shown once, and its hash', async () => {
    await openServer();
    const before = await serverKey();
    await page.locator('button[name=action_new_api_key]').click();
    const key = (await page.locator('.modal [name=key]').textContent())?.trim() ?? '';
    expect(key).toMatch(/^[\w-]{43}/);
    expect(await serverKey()).toEqual(before);
    await page.locator('.modal button[name=action_use]').click();
    await page.locator('.modal').waitFor({ state: 'detached' });
    const { api_key: used, api_key_sha256: hash } = (await serverKey()) ?? {};
    expect(key.startsWith(used ?? 'none')).toBe(true);
    expect(hash).toMatch(/^[0-9a-f]{64}$/);
    await page.getByText(hash ?? '').waitFor();
    await connector.admin.call('asterisk_plus.server', 'write', [
      [connector.serverId],
      { api_key: before?.api_key },
    ]);
  });

  const serverKey = async () => {
    const fields = ['api_key', 'api_key_sha256'];
    type Keys = { api_key: string; api_key_sha256: string };
    return (
      await connector.admin.read<Keys>('asterisk_plus.server', [['id', '=', connector.serverId]], fields)
    )[0];
  };
});
