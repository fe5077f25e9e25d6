import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium, type BrowserContext, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { systemClock } from '#edge-agent/system-clock.ts';
import { systemRandom } from '#edge-agent/system-random.ts';
import type { Listener } from '#standalone/listen.ts';
import { openPage } from '#standalone/page-server/page-server.ts';
import type { TrialControls } from '#standalone/page-server/snapshot.ts';
import { playCall, type CallScenario } from '#standalone/simulator/call-scenario.ts';
import { chromiumOptions } from '#test/support/chromium.ts';
import { eventually, startTrial, type Trial } from '#test/support/trial-system.ts';

let trial: Trial;
let listener: Listener;
let base: string;

beforeAll(async () => {
  trial = await startTrial({ speed: 10 });
  const { simulator, odoo } = trial;
  const controls: TrialControls = {
    simulator: {
      get callsPerMinute() {
        return simulator.traffic.callsPerMinute;
      },
      setCallsPerMinute: (value) => simulator.traffic.setCallsPerMinute(value),
      dropSessions: () => simulator.dropSessions(),
    },
    standIn: {
      get running() {
        return odoo.running;
      },
      start: () => odoo.start(),
      stop: () => odoo.stop(),
      notifications: () => [],
    },
  };
  const { system, config } = trial;
  const shared = { clock: systemClock, random: systemRandom };
  listener = await openPage(0, { ...shared, system, config, trial: controls });
  base = `http://127.0.0.1:${listener.port}`;
  await eventually('the rules', () => system.agent.status().rulesVersion !== null);
  await eventually('the first status', async () => (await system.store.directory.find('home_pbx'))?.lastSeen);
});

test('gives the console of a real PBX to who has the key of the door', async () => {
  const { system, config } = trial;
  const real = await openPage(0, { clock: systemClock, random: systemRandom, system, config, trial: {} });
  const origin = `http://127.0.0.1:${real.port}`;
  const ask = (key?: string) =>
    fetch(`${origin}/api/console`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', origin },
      body: JSON.stringify({ cols: 80, rows: 24, ...(key === undefined ? {} : { key }) }),
    });
  try {
    expect((await ask()).status).toBe(401);
    expect(await (await ask('another')).json()).toMatchObject({ needsKey: true });
    expect((await ask(config.door?.keys[0]?.secret)).status).not.toBe(401);
  } finally {
    await real.close();
  }
});

afterAll(async () => {
  await listener.close();
  await trial.stop();
});

const evil = '<img src=x onerror="document.title=1">';
const scenario: CallScenario = {
  direction: 'inbound',
  from: { number: '+12025550148', name: evil },
  to: '1001',
  plan: { outcome: 'answered', ringMs: 3000, talkMs: 20_000 },
  patienceMs: null,
  recorded: false,
};

function post(path: string, body: unknown, headers: Record<string, string> = {}): Promise<Response> {
  return fetch(base + path, {
    method: 'POST',
    headers: { 'content-type': 'application/json', origin: base, ...headers },
    body: JSON.stringify(body),
  });
}

/** fetch does not let a Host header be set. */
function statusWithHost(host: string): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    request({ port: listener.port, host: '127.0.0.1', headers: { host } }, (response) => {
      response.resume();
      resolve(response.statusCode);
    })
      .once('error', reject)
      .end();
  });
}

/** Events of the stream until `enough` of what came. */
async function listenTo(enough: (seen: Map<string, unknown>) => boolean): Promise<Map<string, unknown>> {
  const seen = new Map<string, unknown>();
  const stop = new AbortController();
  const response = await fetch(`${base}/events`, { signal: stop.signal });
  let text = '';
  for await (const chunk of response.body!.pipeThrough(new TextDecoderStream())) {
    text += chunk;
    const parts = text.split('\n\n');
    text = parts.pop() ?? '';
    for (const part of parts) {
      const name = /^event: (.*)$/m.exec(part)?.[1];
      const data = /^data: (.*)$/m.exec(part)?.[1];
      if (name !== undefined && data !== undefined) seen.set(name, JSON.parse(data));
    }
    if (enough(seen)) break;
  }
  stop.abort();
  return seen;
}

describe('the page over HTTP', () => {
  test('serves its files with a policy that lets nothing else run', async () => {
    for (const path of ['/', '/app.js', '/style.css', '/icon.svg']) {
      const response = await fetch(base + path);
      expect(response.status, path).toBe(200);
      expect(response.headers.get('content-security-policy')).toContain("default-src 'none'");
      await response.arrayBuffer();
    }
    expect((await fetch(`${base}/..%2fsystem.ts`)).status).toBe(404);
  });

  test('answers to this machine’s names alone', async () => {
    expect(await statusWithHost(`localhost:${listener.port}`)).toBe(200);
    expect(await statusWithHost('evil.example')).toBe(421);
    expect(await statusWithHost('127.0.0.1.evil.example')).toBe(421);
  });

  test('takes orders from itself alone', async () => {
    const call = { extension: '1001', number: '1002', context: 'internal' };
    const headers = [
      { origin: 'http://evil.example' },
      { origin: 'null' },
      { 'sec-fetch-site': 'cross-site' },
      { 'sec-fetch-site': 'same-site' },
    ];
    for (const header of headers) expect((await post('/api/call', call, header)).status).toBe(403);
    const form = await post('/api/call', call, { 'content-type': 'text/plain' });
    expect(form.status).toBe(415);
    expect(trial.simulator.pbx.callsProcessed).toBe(0);
  });

  test('refuses what is no number in words', async () => {
    const response = await post('/api/call', { extension: '1001', number: '1\r\nX: y', context: 'internal' });
    expect(response.status).toBe(400);
    expect(await response.json()).toEqual({
      error: expect.stringMatching(/^Which number shall be called\?/),
    });
  });

  test('streams numbers, calls and jobs while it is open, and taps nothing when it is not', async () => {
    expect(trial.system.taps.taps).toHaveLength(0);
    const listening = listenTo((seen) => {
      const [job] = (seen.get('jobs') ?? []) as { calledBackAfter: number | null }[];
      return job !== undefined && job.calledBackAfter !== null && seen.has('lists') && seen.has('rules');
    });
    await eventually('the tap', () => trial.system.taps.taps.length === 1);
    const response = await post('/api/call', { extension: '1004', number: '1001', context: 'internal' });
    expect(response.status).toBe(202);
    const seen = await listening;
    expect(seen.get('jobs')).toMatchObject([{ about: '1004 → 1001', good: false, status: 'done' }]);
    expect(seen.get('snapshot')).toMatchObject({
      pbx: { id: 'home_pbx' },
      agent: { ami: { state: 'connected' } },
    });
    expect(JSON.stringify([...seen.values()])).not.toContain(trial.doorKey);
    await eventually('no tap', () => trial.system.taps.taps.length === 0);
  });
});

describe.skipIf(!existsSync(chromiumOptions.executablePath))('the page in Chromium', () => {
  let context: BrowserContext;
  let page: Page;
  const profile = mkdtempSync(join(tmpdir(), 'odoopbx-chromium-'));
  const complaints: string[] = [];

  beforeAll(async () => {
    context = await chromium.launchPersistentContext(profile, chromiumOptions);
    page = await context.newPage();
    page.on('console', (message) => message.type() === 'error' && complaints.push(message.text()));
    page.on('pageerror', (error) => complaints.push(error.message));
    await page.goto(base);
  }, 60_000);

  afterAll(async () => {
    await context.close();
    rmSync(profile, { recursive: true, force: true });
  });

  test('shows a call from ringing to its record, a caller’s name as text', async () => {
    const playing = playCall(trial.simulator.pbx, scenario);
    const row = page.locator('.call', { hasText: '+12025550148' });
    await row.locator('.pill', { hasText: 'talking' }).waitFor();
    expect(await row.locator('.who span').first().textContent()).toBe(evil);
    expect(await page.locator('.call img').count()).toBe(0);
    await playing;
    await row.locator('.pill', { hasText: 'ended' }).waitFor();
    await page.locator('#records tr', { hasText: '+12025550148' }).first().waitFor();
    await page.locator('#events tr', { hasText: 'Cdr' }).first().waitFor();
    expect(await page.title()).not.toBe('1');
  }, 40_000);

  test('clicks to call: the answer of one that works and of one that does not', async () => {
    await page.getByRole('button', { name: '1001 to a customer' }).click();
    await page.locator('.job.good', { hasText: 'callback in Odoo after' }).waitFor();
    await page.getByRole('button', { name: 'no such phone' }).click();
    await page.locator('.job.bad', { hasText: 'Originate failed' }).waitFor();
    await page.locator('input[name=number]').fill('no number');
    await page.getByRole('button', { name: 'Call', exact: true }).click();
    await page.getByRole('alert').filter({ hasText: 'Which number' }).waitFor();
  }, 40_000);

  test('switches a rule off and on; the agent follows', async () => {
    const before = trial.system.agent.status().rulesVersion;
    await page.getByLabel('Rule 7 for UserEvent').check();
    await eventually('other rules', () => {
      const { rulesVersion } = trial.system.agent.status();
      return rulesVersion !== null && rulesVersion !== before;
    });
  }, 40_000);

  test('stops and starts Odoo, and says what waits', async () => {
    await page.getByRole('button', { name: 'Stop Odoo' }).click();
    await page.getByRole('button', { name: 'Start Odoo' }).waitFor();
    // Nothing waits for Odoo yet: what is wrong must show all the same.
    await page.locator('#chips', { hasText: /Odoo .*fails/ }).waitFor();
    await playCall(trial.simulator.pbx, { ...scenario, plan: { ...scenario.plan, talkMs: 1000 } });
    await page.locator('#banner', { hasText: 'ODOO_UNREACHABLE' }).waitFor();
    await page.getByRole('button', { name: 'Start Odoo' }).click();
    await page.locator('#banner').waitFor({ state: 'hidden' });
    await eventually('an empty inbox', () => trial.system.store.inbox.stats().waiting === 0);
  }, 40_000);

  test('complains of nothing in the console', () => {
    expect(complaints.filter((text) => !text.includes('400 (Bad Request)'))).toEqual([]);
  });
});
