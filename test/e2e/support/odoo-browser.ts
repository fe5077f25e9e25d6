import { mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { type Browser, type Page, chromium } from 'playwright-core';
import { chromiumOptions } from '#test/support/chromium.ts';
import type { Person } from './odoo-people.ts';

const images = resolve(import.meta.dirname, '../../../docs/images');
/** Odoo makes its assets at the first visit of a database. */
const firstVisitMs = 90_000;

/** What the page complained about; Debian's Odoo leaves one library of mail's out, and says so. */
const known = /selfie_segmentation/;

/** A browser whose windows are signed in to the lab's Odoo, each as a user of its own. */
export class OdooBrowser {
  readonly errors: string[] = [];
  readonly #url: string;
  readonly #browser: Browser;

  private constructor(url: string, browser: Browser) {
    this.#url = url;
    this.#browser = browser;
  }

  static async start(lab: { odoo: { url: string } }): Promise<OdooBrowser> {
    return new OdooBrowser(lab.odoo.url, await chromium.launch(chromiumOptions));
  }

  /** A window of its own; a user whom Odoo does not let into the web client ends at the portal. */
  async signIn(person: Pick<Person, 'login' | 'password'>): Promise<OdooWindow> {
    const context = await this.#browser.newContext({
      viewport: { width: 1280, height: 720 },
      locale: 'en-US',
    });
    const page = await context.newPage();
    page.setDefaultTimeout(30_000);
    page.on('pageerror', (error) => this.errors.push(error.message));
    page.on('console', (message) => {
      if (message.type() === 'error' && !known.test(message.text())) this.errors.push(message.text());
    });
    await page.goto(`${this.#url}/web/login`, { timeout: firstVisitMs });
    await page.locator('input[name=login]').fill(person.login);
    await page.locator('input[name=password]').fill(person.password);
    await page.locator('form.oe_login_form button[type=submit]').click();
    await page.waitForURL(/\/(odoo|my|web$)/, { timeout: firstVisitMs });
    return new OdooWindow(page, this.#url);
  }

  async close(): Promise<void> {
    await this.#browser.close();
  }
}

export class OdooWindow {
  readonly page: Page;
  readonly #url: string;

  constructor(page: Page, url: string) {
    this.page = page;
    this.#url = url;
  }

  /** Opens a place of the web client, e.g. `res.partner/7`, and waits until it can be used. */
  async open(place: string): Promise<void> {
    await this.page.goto(`${this.#url}/odoo/${place}`, { timeout: firstVisitMs });
    await this.page
      .locator('.o_action_manager .o_view_controller')
      .first()
      .waitFor({ timeout: firstVisitMs });
    await this.page.locator('.o_pbx_menu button').waitFor();
  }

  /** Resolves when the window hears what Odoo tells it: before that, what happens is not told. */
  async listens(): Promise<void> {
    await this.page.waitForFunction(
      () => {
        const { odoo } = globalThis as unknown as OdooGlobal;
        return odoo.__WOWL_DEBUG__?.root.env.services.bus_service.workerState === 'CONNECTED';
      },
      undefined,
      { timeout: firstVisitMs },
    );
  }

  /** A picture for the docs, drawn only when ODOOPBX_SCREENSHOTS asks for it. */
  async picture(name: string): Promise<void> {
    if ((process.env['ODOOPBX_SCREENSHOTS'] ?? '') === '') return;
    mkdirSync(images, { recursive: true });
    await this.page.screenshot({ path: join(images, `${name}.png`), animations: 'disabled' });
  }
}

interface OdooGlobal {
  odoo: { __WOWL_DEBUG__?: { root: { env: { services: { bus_service: { workerState: string } } } } } };
}
