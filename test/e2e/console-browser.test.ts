import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type BrowserContext, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { extensions } from '#scripts/lab/extensions.ts';
import { placeCall, startPhone } from '#scripts/lab/sipp.ts';
import { chromiumOptions } from '#test/support/chromium.ts';
import { describeOnLab } from './support/bench.ts';
import { type Connector, startConnector } from './support/connector.ts';
import { type CutProxy, startCutProxy } from './support/cut-proxy.ts';
import { type OdooSession, odooSession } from './support/odoo-admin.ts';
import { waitFor } from './support/wait-for.ts';

const stranger = { login: 'e2e_no_pbx_admin', password: 'a-password-of-the-test' };

interface AuditRow {
  id: number;
  state: string;
  end_code: string | false;
  end_reason: string | false;
  session: string | false;
  address: string | false;
  user_name: string;
  shell: boolean;
  duration: number;
}

describeOnLab("Asterisk's console in Odoo, in a browser", (bench) => {
  const { odoo, asterisk } = bench.lab;
  const profile = mkdtempSync(join(tmpdir(), 'odoopbx-console-browser-'));
  const addresses: string[] = [];
  const complaints: string[] = [];
  let connector: Connector;
  let admin: OdooSession;
  let proxy: CutProxy;
  let context: BrowserContext;
  let page: Page;

  async function connect(changes: { shell?: boolean; enabled?: boolean }): Promise<void> {
    await connector?.remove();
    await proxy?.close();
    const { program, account } = asterisk.console;
    const settings = { enabled: true, command: [program, '-rvvvvv'], user: account, ...changes };
    connector = await startConnector(bench, {}, { console: settings });
    admin = connector.admin;
    await waitFor('the agent to say whether it has a console', async () => {
      return (await connector.status()).status?.consoleEnabled === settings.enabled;
    });
    // Odoo reaches the door through it, and so does the browser.
    proxy = await startCutProxy(Number(new URL(connector.webhookUrl).port));
    const door = `http://127.0.0.1:${proxy.port}/`;
    await admin.call('asterisk_plus.server', 'write', [[connector.serverId], { door_url: door }]);
  }

  beforeAll(async () => {
    await connect({});
    context = await chromium.launchPersistentContext(profile, {
      ...chromiumOptions,
      viewport: { width: 1280, height: 800 },
    });
    await context.grantPermissions(['clipboard-read', 'clipboard-write'], { origin: odoo.url });
    page = await context.newPage();
    page.on('websocket', (socket) => addresses.push(socket.url()));
    page.on('pageerror', (error) => complaints.push(error.message));
    await logIn(page, odoo.admin.login, odoo.admin.password);
  });

  afterAll(async () => {
    await context?.close();
    await connector?.remove();
    await proxy?.close();
    rmSync(profile, { recursive: true, force: true });
  });

  async function logIn(on: Page, login: string, password: string): Promise<void> {
    await on.goto(`${odoo.url}/web/login`);
    await on.fill('input[name=login]', login);
    await on.fill('input[name=password]', password);
    await on.click('button[type=submit]');
    await on.waitForSelector('.o_web_client', { timeout: 60_000 });
  }

  /** The state that the page shows, in the terms of its code. */
  const state = (wanted: string) => page.waitForSelector(`.o_pbx_console_state[data-state=${wanted}]`, { timeout: 60_000 }); // prettier-ignore

  /** What the terminal shows now, a line each. */
  async function screen(): Promise<string> {
    const lines = await page.locator('.o_pbx_console_terminal .xterm-rows > div').allInnerTexts();
    return lines.map((line) => line.replaceAll('\u00A0', ' ').trimEnd()).join('\n');
  }

  async function shows(what: string | RegExp): Promise<string> {
    let text = '';
    const has = (): boolean => (typeof what === 'string' ? text.includes(what) : what.test(text));
    try {
      return await waitFor(`the terminal to show ${what}`, async () => {
        text = await screen();
        return has() && text;
      });
    } catch (error) {
      throw new Error(`${(error as Error).message}; it shows\n${text}`, { cause: error });
    }
  }

  async function openFromForm(): Promise<void> {
    await page.goto(`${odoo.url}/odoo/asterisk_plus.server/${connector.serverId}`);
    await page.click('button[name=action_console]');
    await state('live');
    await shows(/\*CLI>/);
  }

  async function type(text: string): Promise<void> {
    await page.locator('.o_pbx_console_terminal textarea').focus();
    await page.keyboard.type(text);
  }

  async function lastRow(): Promise<AuditRow> {
    const fields = [
      'state',
      'end_code',
      'end_reason',
      'session',
      'address',
      'user_name',
      'shell',
      'duration',
    ];
    const domain = [['server_id', '=', connector.serverId]];
    const rows = await admin.read<AuditRow>('asterisk_plus.console_session', domain, fields);
    return rows.at(-1)!;
  }

  const auditSays = (what: string, isSo: (row: AuditRow) => boolean) =>
    waitFor(`the audit log to say: ${what}`, async () => {
      const row = await lastRow();
      return isSo(row) && row;
    });

  /** How the door takes a connection with this ticket. */
  function knock(url: string): Promise<'in' | 'refused'> {
    return new Promise((resolve) => {
      const socket = new WebSocket(url);
      socket.addEventListener('open', () => {
        resolve('in');
        socket.close();
      });
      socket.addEventListener('error', () => resolve('refused'));
    });
  }

  test('commands with tab completion, in colour, and the lines of a call while it passes', async () => {
    await openFromForm();
    await type('core show chan\t');
    await shows('channeltypes');
    await type('s\r');
    await shows(/\d+ active channels?/);
    await type('pjsip show endp\t');
    await shows(/^endpoint +endpoints$/m);
    await type('s\r');
    await shows('Objects found');

    const phone = await startPhone({ endpoint: 'phone1', ringMs: 300 });
    try {
      const calling = placeCall({ extension: extensions.phone1, from: { number: '+12025550133' } });
      await shows(/Executing|Called PJSIP/);
      expect((await calling).statuses).toEqual([200]);
      await shows(/answered|Spawn extension/);
    } finally {
      await phone.stop();
    }
    // By a class where the theme's colour is to be read on its ground as it is, else by the one it was made.
    const coloured = page.locator('.xterm-rows span[class*="xterm-fg-"], .xterm-rows span[style*="color"]');
    expect(await coloured.count()).toBeGreaterThan(0);
    const picture = process.env['ODOOPBX_CONSOLE_PICTURE'];
    if (picture !== undefined) await page.screenshot({ path: picture });
  });

  test('copies, pastes and searches', async () => {
    await type('');
    await page.evaluate(`navigator.clipboard.writeText('core show version')`);
    await page.keyboard.press('Control+Shift+V');
    await type('\r');
    await shows(/Asterisk 22\.\S+ built/);
    await page.keyboard.press('Control+Shift+F');
    const search = page.getByLabel('Search in the output');
    await search.fill('active channel');
    await page.locator('.o_pbx_console_found', { hasText: /^\d+ of \d+$/ }).waitFor();
    await page.keyboard.press('Escape');
    await search.waitFor({ state: 'detached' });
    // The hit is selected.
    await page.keyboard.press('Control+Shift+C');
    await waitFor('the clipboard', async () => (await page.evaluate('navigator.clipboard.readText()')) === 'active channel'); // prettier-ignore
    // Odoo's own keys are the terminal's here.
    await page.keyboard.press('Control+K');
    expect(await page.locator('.o_command_palette').count()).toBe(0);
  });

  test('goes on where it was after the network was away', async () => {
    // Ctrl+L: an empty screen, on which everything that comes can be seen.
    await type('\f');
    await waitFor('an empty screen', async () => /^\S+\*CLI> ?$/.test((await screen()).trim()));
    proxy.cut();
    await state('lost');
    await type('core show sysinfo\r');
    const phone = await startPhone({ endpoint: 'phone1', ringMs: 300 });
    try {
      await placeCall({ extension: extensions.phone1, from: { number: '+12025550134' } });
    } finally {
      await phone.stop();
    }
    proxy.mend();
    await state('live');
    // Of the call that nobody saw, and of what was typed meanwhile: everything once.
    const text = await shows('Number of Processes');
    expect(text.match(/Called PJSIP/g)).toHaveLength(1);
    expect(text.match(/System Statistics/g)).toHaveLength(1);
  });

  test('without the shell "!" is refused, and the person is told why', async () => {
    await type('!id\r');
    await page.locator('.o_pbx_console_notice', { hasText: 'The shell is off on this PBX' }).waitFor();
    await type('originate Local/100@lab application System "id"\r');
    const text = await shows("You don't have permissions to run");
    expect(text).not.toContain('uid=');
  });

  test('the end is told on both sides and noted', async () => {
    const open = await auditSays('open', ({ state }) => state === 'open');
    expect(open).toMatchObject({
      address: '127.0.0.1',
      user_name: expect.stringContaining('dmin'),
      shell: false,
    });
    await page.getByRole('button', { name: 'End', exact: true }).click();
    await state('ended');
    const told = ({ state, duration }: AuditRow) => state === 'closed' && duration > 0;
    const closed = await auditSays('closed', told);
    expect(closed).toMatchObject({ id: open.id, end_code: 'closed' });
    await page.getByRole('button', { name: 'New session' }).click();
    await state('live');
    expect((await lastRow()).id).toBeGreaterThan(closed.id);
    await type('exit\r');
    await state('ended');
    await auditSays('exited', ({ end_code }) => end_code === 'exited');
    // Leaving the page ends it too.
    await page.getByRole('button', { name: 'New session' }).click();
    await state('live');
    await page.goto('about:blank');
    await auditSays(
      'closed with the page',
      ({ state, end_code }) => state === 'closed' && end_code === 'closed',
    );
  });

  describe('tickets', () => {
    const open = () =>
      admin.call<{ id: number; url: string }>('asterisk_plus.server', 'open_console', [[connector.serverId], 80, 24]); // prettier-ignore

    test('none is good for a second connection, nor one that is made up or of a session that is over', async () => {
      const used = addresses.filter((url) => url.includes('/console?ticket='));
      expect(used.length).toBeGreaterThan(2);
      for (const url of used) expect(await knock(url)).toBe('refused');
      const { url } = await open();
      expect(await knock(url.replace(/ticket=.*/, `ticket=${'A'.repeat(43)}`))).toBe('refused');
      expect(await knock(url.replace(/ticket=.*/, ''))).toBe('refused');
      expect(await knock(url)).toBe('in');
      expect(await knock(url)).toBe('refused');
    });

    test('a browser whose ticket was stolen is told so, and the thief can not come back', async () => {
      await page.goto(`${odoo.url}/odoo/asterisk_plus.server/${connector.serverId}`);
      // Between Odoo's answer and the browser's connection somebody else uses the ticket.
      await page.route('**/open_console', async (route) => {
        const response = await route.fetch();
        const { result } = (await response.json()) as { result: { url: string } };
        expect(await knock(result.url)).toBe('in');
        await route.fulfill({ response });
      });
      try {
        await page.click('button[name=action_console]');
        await state('ended');
        const reason = await page.locator('.o_pbx_console_bar').innerText();
        expect(reason).toContain('No connection came about');
      } finally {
        await page.unroute('**/open_console');
      }
    });
  });

  test('a user who is no PBX admin has no console', async () => {
    const groups = await admin.call<Record<string, unknown>>('res.users', 'fields_get', [], {
      attributes: ['type'],
    });
    const field = 'group_ids' in groups ? 'group_ids' : 'groups_id';
    const [, group] = await admin.call<[string, number]>('ir.model.data', 'check_object_reference', ['asterisk_plus', 'group_pbx_user']); // prettier-ignore
    const values = { ...stranger, name: 'No PBX admin', [field]: [[6, 0, [group]]], active: true };
    const known = await admin.call<number[]>('res.users', 'search', [[['login', '=', stranger.login]]], { context: { active_test: false } }); // prettier-ignore
    const [uid = await admin.call<number>('res.users', 'create', [values])] = known;
    await admin.call('res.users', 'write', [[uid], values]);
    try {
      const theirs = odooSession({ ...odoo, uid, password: stranger.password });
      const asking = theirs.call('asterisk_plus.server', 'open_console', [[connector.serverId], 80, 24]);
      await expect(asking).rejects.toThrow('Only PBX admins may do this');
      await expect(theirs.read('asterisk_plus.console_session', [], ['user_name'])).rejects.toThrow();
      const form = (by: OdooSession) =>
        by.call<{ arch: string }>('asterisk_plus.server', 'get_view', [], { view_type: 'form' });
      expect((await form(admin)).arch).toContain('action_console');
      expect((await form(theirs)).arch).not.toContain('action_console');
    } finally {
      await admin.call('res.users', 'write', [[uid], { active: false }]);
    }
  });

  test('with the shell: a full-screen program, in the size of the window', async () => {
    await connect({ shell: true });
    await openFromForm();
    await type('!\r');
    await shows(/[$#] ?$/m);
    await type('stty size\r');
    const size = () => page.locator('.xterm-rows > div').count();
    await shows(new RegExp(`^${await size()} \\d+$`, 'm'));
    await page.setViewportSize({ width: 1000, height: 600 });
    await type('clear; stty size\r');
    await shows(new RegExp(`^${await size()} \\d+$`, 'm'));
    await type('top -d 1\r');
    await shows('load average');
    await type('q');
    await type('exit\r');
    await type('core show uptime\r');
    await shows('System uptime');
    expect((await auditSays('open', ({ state }) => state === 'open')).shell).toBe(true);
  });

  test('says why there is no console', async () => {
    await connector.stop();
    await state('ended');
    const bar = page.locator('.o_pbx_console_bar');
    await bar.getByText("The PBX's agent, or the way to it, was stopped").waitFor();
    await page.getByRole('button', { name: 'New session' }).click();
    await state('failed');
    await bar.getByText('is out of reach').waitFor();
    expect(await lastRow()).toMatchObject({ state: 'refused', end_code: 'door' });
    await connect({ enabled: false });
    await page.getByRole('button', { name: 'New session' }).click();
    await bar.getByText('its own configuration must enable it').waitFor();
    await state('failed');
    expect(complaints).toEqual([]);
  });
});
