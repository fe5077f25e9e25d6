import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Browser, chromium } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { silentLogger } from '#core/ports/logger.ts';
import { systemClock } from '#edge-agent/system-clock.ts';
import { systemRandom } from '#edge-agent/system-random.ts';
import { settingsFromEnvironment } from '#standalone/environment.ts';
import { type Started, startEverything } from '#standalone/npm-start.ts';
import { chromiumOptions } from '#test/support/chromium.ts';
import { eventually } from '#test/support/trial-system.ts';

const folder = mkdtempSync(join(tmpdir(), 'odoopbx-page-console-'));
let started: Started;

beforeAll(async () => {
  const settings = settingsFromEnvironment({ STATE_DIR: folder, CALLS_PER_MINUTE: '60' }, () => '');
  const deps = { clock: systemClock, random: systemRandom, logger: silentLogger, version: 'test' };
  started = await startEverything(settings, deps);
});
afterAll(async () => {
  await started.stop();
  rmSync(folder, { recursive: true, force: true });
});

test('only the page itself may open its console', async () => {
  const post = (origin: string) =>
    fetch(`${started.pageUrl}/api/console`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', origin },
      body: JSON.stringify({ cols: 80, rows: 24 }),
    });
  expect((await post('https://elsewhere.example')).status).toBe(403);
  const answer = await eventually('the console to be enabled', async () => {
    const response = await post(started.pageUrl);
    return response.status === 202 && response;
  });
  const { path } = (await answer.json()) as { path: string };
  const address = started.pageUrl.replace('http', 'ws') + path;
  const status = await new Promise((resolve) => {
    const socket = new WebSocket(address, { origin: 'https://elsewhere.example' });
    socket.on('unexpected-response', (_, { statusCode }) => resolve(statusCode));
    socket.on('error', () => {});
    socket.on('open', () => resolve('open'));
  });
  expect(status).toBe(403);
});

describe.skipIf(!existsSync(chromiumOptions.executablePath))('in a browser', () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await chromium.launch(chromiumOptions);
  });
  afterAll(() => browser.close());

  test('the simulated PBX shows its calls and completes commands', async () => {
    const page = await browser.newPage();
    const errors: string[] = [];
    page.on('pageerror', (error) => errors.push(error.message));
    page.on('console', (message) => message.type() === 'error' && errors.push(message.text()));
    await page.goto(started.pageUrl);
    await page.click('#console-toggle');
    const screen = () => page.textContent('.xterm-rows').then((text) => text ?? '');
    await eventually('a call to show', async () => (await screen()).includes('calls'));
    await page.keyboard.type('core show ch\t\n');
    await eventually('the channels', async () => /active channel/.test(await screen()));
    await page.click('#console-toggle');
    await eventually('it to be closed', async () => (await page.textContent('#console-state')) === 'closed');
    expect(errors).toEqual([]);
    await page.close();
  });
});
