import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { type Browser, type Page, chromium } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { asteriskCli } from '#scripts/lab/asterisk-service.ts';
import { type Phone, placeCall, startPhone } from '#scripts/lab/sipp.ts';
import { freePort } from '#standalone/free-port.ts';
import { chromiumOptions } from '#test/support/chromium.ts';
import { describeOnLab } from './support/bench.ts';
import { odooSession, upsertServer } from './support/odoo-admin.ts';
import { waitFor } from './support/wait-for.ts';

const checkout = resolve(import.meta.dirname, '../..');
describeOnLab('npm start between the real Asterisk and the real Odoo', ({ lab, agentUser }) => {
  let child: ChildProcess;
  let browser: Browser;
  let page: Page;
  let phone: Phone;
  let output = '';
  const stateDir = mkdtempSync(join(tmpdir(), 'odoopbx-e2e-start-'));

  beforeAll(async () => {
    phone = await startPhone({ endpoint: 'phone1' });
    const doorPort = String(await freePort(28_481));
    const { events, actions } = lab.asterisk.users;
    child = spawn('node', ['standalone/main.ts'], {
      cwd: checkout,
      env: {
        PATH: process.env['PATH'] ?? '',
        STATE_DIR: stateDir,
        PBX: 'acme_start',
        DOOR_PORT: doorPort,
        DOOR_KEY: 'a-key-of-the-test-alone',
        AMI_HOST: lab.asterisk.host,
        AMI_PORT: String(lab.asterisk.port),
        AMI_EVENTS_USER: events.username,
        AMI_EVENTS_SECRET: events.secret,
        AMI_ACTIONS_USER: actions.username,
        AMI_ACTIONS_SECRET: actions.secret,
        AMI_TIME_ZONE: lab.asterisk.timeZone,
        ODOO_URL: lab.odoo.url,
        ODOO_DB: lab.odoo.db,
        ODOO_LOGIN: agentUser.login,
        ODOO_API_KEY: agentUser.apiKey,
      },
    });
    const keep = (chunk: Buffer): void => void (output += chunk.toString());
    child.stdout?.on('data', keep);
    child.stderr?.on('data', keep);
    const admin = odooSession({ ...lab.odoo, uid: lab.odoo.admin.uid, password: lab.odoo.admin.password });
    await upsertServer(admin, {
      pbx: 'acme_start',
      doorUrl: `http://127.0.0.1:${doorPort}/`,
      apiKey: 'a-key-of-the-test-alone',
    });
    const address = await waitFor(`the page\n${output}`, () => /Page +(http\S+)/.exec(output)?.[1]);
    browser = await chromium.launch(chromiumOptions);
    page = await browser.newPage();
    await page.goto(address);
    await page.getByText('AMI connected').waitFor();
    await page.locator('#rules').getByText('create_cdr').waitFor();
  });
  afterAll(async () => {
    await browser.close();
    child.kill('SIGTERM');
    await once(child, 'exit');
    await asteriskCli('channel request hangup all');
    await phone.stop();
    rmSync(stateDir, { recursive: true, force: true });
  });

  it('says that both are real', () => {
    expect(output).not.toContain('simulated');
    expect(output).not.toContain('stand-in');
  });

  it('shows a SIP call live, and the record that it made in Odoo', async () => {
    const number = `12024${Date.now().toString().slice(-6)}`;
    const call = placeCall({ extension: lab.extensions.answered, durationMs: 4000, from: { number } });
    await page.locator('#calls').getByText(number).first().waitFor();
    await call;
    await page.locator('#records').getByText(number).first().waitFor();
  });

  it('rings a SIP phone by click-to-call and shows what came of it', async () => {
    await page.locator('input[name=extension]').fill('PJSIP/phone1');
    await page.locator('input[name=number]').fill(lab.extensions.echo);
    await page.locator('input[name=context]').fill('lab');
    await page.locator('#click button[type=submit]').click();
    await page.locator('#jobs').getByText('Success').waitFor();
    expect(await asteriskCli('core show channels concise')).toContain('PJSIP/phone1');
    await asteriskCli('channel request hangup all');

    await page.locator('input[name=extension]').fill('PJSIP/nobody');
    await page.locator('#click button[type=submit]').click();
    await page.locator('#jobs').getByText(/fail/i).first().waitFor();
  });
});
