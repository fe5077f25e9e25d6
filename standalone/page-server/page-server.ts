import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { serve } from '@hono/node-server';
import { Hono } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import { streamSSE } from 'hono/streaming';
import { messageOf } from '#core/errors/odoopbx-error.ts';
import type { Clock } from '#core/ports/clock.ts';
import type { Random } from '#core/ports/random.ts';
import type { StandaloneConfig } from '../config.ts';
import { listen, type Listener } from '../listen.ts';
import type { Standalone } from '../system.ts';
import { addPageActions } from './page-actions.ts';
import { addPageConsole, terminalFiles } from './page-console.ts';
import { PageFeed } from './page-feed.ts';
import { admitsUpgrade, guardPage } from './page-guard.ts';
import { readOdooLists } from './odoo-lists.ts';
import { readRuleViews } from './rule-views.ts';
import { snapshotOf, type TrialControls } from './snapshot.ts';

export interface PageOptions {
  system: Standalone;
  config: StandaloneConfig;
  trial: TrialControls;
  clock: Clock;
  random: Random;
}

/** The page's own files, read once: name, content type. */
const folder = join(import.meta.dirname, '..', 'page');
/** Packages, as Node finds them from here; in the Debian package one folder up from the bundle. */
const modules =
  [join(folder, '../../node_modules'), join(folder, '../node_modules')].find((path) =>
    existsSync(join(path, '@xterm')),
  ) ?? '';
const types: Readonly<Record<string, string>> = {
  html: 'text/html; charset=utf-8',
  css: 'text/css; charset=utf-8',
  js: 'text/javascript; charset=utf-8',
  svg: 'image/svg+xml',
};
const files = [
  'index.html',
  'style.css',
  'layout.css',
  'cards.css',
  'narrow.css',
  'icon.svg',
  'app.js',
  'dom.js',
  'pipeline.js',
  'calls.js',
  'passages.js',
  'jobs.js',
  'state.js',
  'rules.js',
  'lists.js',
  'console.css',
  'console.js',
  'console-link.js',
];

const maxPages = 16;
/** Messages that wait for a slow browser; beyond, the oldest are dropped. */
const maxQueued = 200;
const snapshotMs = 1000;
const listsMs = 2500;

export function createPageApp(options: PageOptions): Hono {
  const { system, config, trial, clock } = options;
  const feed = new PageFeed(system.taps, clock);
  const publishedBefore = system.agent.status().counts.published;
  const app = new Hono();
  app.use(guardPage);
  app.use(bodyLimit({ maxSize: 16 * 1024 }));

  for (const file of files) {
    const content = readFileSync(join(folder, file));
    const type = types[file.slice(file.lastIndexOf('.') + 1)] ?? 'text/plain';
    const path = file === 'index.html' ? '/' : `/${file}`;
    app.get(path, (context) => context.body(content, 200, { 'content-type': type }));
  }

  for (const [name, path] of Object.entries(terminalFiles)) {
    const type = types[name.slice(name.lastIndexOf('.') + 1)] ?? 'text/javascript; charset=utf-8';
    app.get(`/${name}`, (context) =>
      existsSync(join(modules, path))
        ? context.body(readFileSync(join(modules, path)), 200, { 'content-type': type })
        : context.notFound(),
    );
  }

  const snapshot = () => snapshotOf(system, config, trial, clock, publishedBefore);
  const lists = () => readOdooLists(system, trial.standIn?.notifications() ?? []);

  app.get('/events', (context) => {
    if (feed.listeners >= maxPages) return context.text('Too many pages are open.', 503);
    return streamSSE(context, async (stream) => {
      const queue: { event: string; data: string }[] = [];
      const closed = new AbortController();
      let wake = new AbortController();
      const send = (event: string, data: unknown) => {
        queue.push({ event, data: JSON.stringify(data) });
        if (queue.length > maxQueued) queue.shift();
        wake.abort();
      };
      const close = feed.open({ send });
      stream.onAbort(() => closed.abort());
      send('snapshot', snapshot());
      send('calls', feed.calls.list());
      send('jobs', feed.jobs.list());
      const numbers = setInterval(() => send('snapshot', snapshot()), snapshotMs);
      let seen = -1;
      let round = 0;
      const refresh = async () => {
        // Every fourth time in any case: somebody may have changed something in Odoo itself.
        const due = seen !== feed.delivered || round++ % 4 === 0;
        seen = feed.delivered;
        if (due) {
          send('lists', await lists());
          send('rules', await readRuleViews(system, trial));
        }
      };
      void refresh();
      const records = setInterval(() => void refresh(), listsMs);
      try {
        while (!closed.signal.aborted) {
          for (const message of queue.splice(0)) await stream.writeSSE(message);
          wake = new AbortController();
          if (queue.length === 0) await clock.sleep(60_000, AbortSignal.any([closed.signal, wake.signal]));
        }
      } finally {
        clearInterval(numbers);
        clearInterval(records);
        close();
      }
    });
  });

  addPageActions(app, feed, options);
  addPageConsole(app, options);
  app.get('/health', (context) => context.json({ status: 'ok' }));
  app.notFound((context) => context.text('There is no such page.', 404));
  app.onError((error, context) => context.json({ error: messageOf(error) }, 500));
  return app;
}

/** Opens the page on 127.0.0.1. Rejects LISTEN_FAILED when the port is taken. */
export function openPage(port: number, options: PageOptions): Promise<Listener> {
  const { fetch } = createPageApp(options);
  return listen((ready) => {
    const server = serve({ fetch, port, hostname: '127.0.0.1' }, (address) => ready(address.port));
    options.system.consoles.attach(server, admitsUpgrade);
    return server;
  }, `the page (127.0.0.1:${port}, PAGE_PORT or page.port)`);
}
