import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type AgentStatus, agentStatusSchema } from '#core/contracts/agent-status.ts';
import { silentLogger } from '#core/ports/logger.ts';
import type { CloudStatus } from '#edge-agent/status/cloud-status.ts';
import { composeStatus, statusKey } from '#edge-agent/status/compose-status.ts';
import { createStatusReporter, type StatusReporter } from '#edge-agent/status/report-status.ts';
import { livenessOf, showStatus } from '#edge-agent/status/show-status.ts';
import {
  readStatusFile,
  statusFilePath,
  statusFileSchema,
  writeStatusFile,
} from '#edge-agent/status/status-file.ts';
import { agentStatus } from '#test/support/agent-statuses.ts';
import { type TimerClock, timerClock } from '#test/support/timer-clock.ts';

describe('the reporter', () => {
  let clock: TimerClock;
  let current: AgentStatus;
  let reported: AgentStatus[];
  let reporter: StatusReporter;
  let putBackMs: number;
  const link = (state: AgentStatus['ami']['state']) => ({ ...current.ami, state });
  const set = (changes: Partial<AgentStatus>) => {
    current = { ...current, ...changes };
    reporter.changed();
  };
  beforeEach(() => {
    clock = timerClock();
    putBackMs = 0;
    const wall = { ...clock, now: () => clock.now() - putBackMs };
    current = agentStatus('acme_hq', 1);
    reported = [];
    reporter = createStatusReporter({
      compose: () => ({ ...current, at: wall.now() / 1000 }),
      publish: [
        () => {
          throw new Error('disk full');
        },
        (status) => reported.push(status),
      ],
      everyMs: 60_000,
      clock: wall,
      logger: silentLogger,
    });
    reporter.start();
  });
  afterEach(() => reporter.stop());

  test('reports at once and then at every interval, whatever one sink does', async () => {
    await clock.advance(0);
    expect(reported).toHaveLength(1);
    await clock.advance(59_000);
    expect(reported).toHaveLength(1);
    await clock.advance(61_000);
    expect(reported).toHaveLength(3);
  });

  test('goes on reporting when the clock is put back by an hour', async () => {
    await clock.advance(0);
    putBackMs = 3_600_000;
    await clock.advance(180_000);
    expect(reported.length).toBeGreaterThanOrEqual(3);
    expect(reported.at(-1)?.at).toBeLessThan(reported[0]!.at);
  });

  test('reports a change at once, but at most one a second', async () => {
    await clock.advance(10_000);
    set({ ami: link('connecting') });
    await clock.advance(0);
    expect(reported.map((status) => status.ami.state)).toEqual(['connected', 'connecting']);
    set({ ami: link('refused') });
    await clock.advance(500);
    set({ ami: link('connected') });
    set({ rulesVersion: null });
    expect(reported).toHaveLength(2);
    await clock.advance(500);
    expect(reported).toHaveLength(3);
    expect(reported[2]).toMatchObject({ rulesVersion: null, ami: { state: 'connected' } });
  });

  test('counters alone are no change, a first loss is', async () => {
    await clock.advance(10_000);
    set({ counts: { ...current.counts, received: 5, jobs: 1 }, spool: { items: 3, bytes: 4, oldestAt: 1 } });
    await clock.advance(5000);
    expect(reported).toHaveLength(1);
    set({ counts: { ...current.counts, dropped: 1 } });
    await clock.advance(0);
    expect(reported).toHaveLength(2);
  });

  test('can be forced, which is how rules are asked for', async () => {
    await clock.advance(10_000);
    reporter.changed({ force: true });
    await clock.advance(0);
    expect(reported).toHaveLength(2);
  });

  test('reports a last time on stop', async () => {
    await clock.advance(10_000);
    current = { ...current, ami: link('stopped') };
    await reporter.stop();
    expect(reported.at(-1)?.ami.state).toBe('stopped');
  });
});

test('a status is composed within its contract, in seconds', () => {
  const refusedRules = Array.from({ length: 1200 }, (_, at) => ({ id: `${at}`, message: '€'.repeat(500) }));
  const status = composeStatus(
    {
      pbx: 'acme_hq',
      agentVersion: '0.1.0',
      startedAt: 5000,
      console: () => ({ enabled: true, problem: 'p'.repeat(600) }),
      ami: () => ({ state: 'refused', since: 6500, asteriskVersion: null, error: 'x'.repeat(900) }),
      spool: () => ({
        items: 1,
        bytes: 2,
        oldestAt: 7250,
        dropped: 3,
        truncated: 4,
        published: 5,
        setAside: 6,
      }),
      events: () => ({ received: 7, matched: 8, lastMatchedAt: 5_000, conditionErrors: 9 }),
      jobs: () => 10,
      rulesVersion: () => null,
      refusedRules: () => refusedRules,
    },
    8000,
  );
  expect(agentStatusSchema.parse(status)).toMatchObject({
    at: 8, startedAt: 5, lastEventAt: 5, ami: { since: 6.5 }, spool: { oldestAt: 7.25 },
    counts: { received: 7, matched: 8, published: 5, dropped: 3, truncated: 4, setAside: 6, conditionErrors: 9, jobs: 10 },
  }); // prettier-ignore
  expect(statusKey(status)).toBe(statusKey({ ...status, at: 99, lastEventAt: 98 }));
  // The bus takes no entry over 256 KB.
  expect(status.refusedRules.slice(0, 50)).toEqual(refusedRules.slice(0, 50));
  expect(Buffer.byteLength(JSON.stringify(status))).toBeLessThan(110_000);
});

describe('status.json', () => {
  const folder = mkdtempSync(join(tmpdir(), 'status-'));
  const file = { status: agentStatus('acme_hq', 1000), everySeconds: 60, pid: 42 };
  afterEach(() => rmSync(statusFilePath(folder), { force: true }));

  test('is written for its owner alone and read back', () => {
    expect(readStatusFile(folder)).toBeUndefined();
    writeStatusFile(folder, file);
    expect(readStatusFile(folder)).toEqual(file);
    expect(statSync(statusFilePath(folder)).mode & 0o777).toBe(0o600);
  });

  test('says so when it is damaged', () => {
    writeFileSync(statusFilePath(folder), '{}');
    expect(() => readStatusFile(folder)).toThrow();
  });

  test('tells online, failing, offline and stale apart', () => {
    expect(livenessOf(file, 1100)).toBe('online');
    expect(livenessOf(file, 1200)).toBe('stale');
    const refused = {
      ...file.status,
      ami: { ...file.status.ami, state: 'refused' as const, error: 'Authentication failed' },
    };
    const delivery = { waiting: 3, parked: 0, failing: { code: 'ODOO_ACCESS_DENIED', message: 'no group' } };
    expect(livenessOf({ ...file, delivery }, 1001)).toBe('failing');
    expect(showStatus({ ...file, delivery }, 1001)).toMatch(
      /Odoo +3 on the way.*no group \(ODOO_ACCESS_DENIED\)/,
    );
    expect(livenessOf({ ...file, delivery: { ...delivery, failing: null } }, 1001)).toBe('online');
    expect(livenessOf({ ...file, status: refused }, 1001)).toBe('offline');
    expect(showStatus({ ...file, status: refused }, 1001)).toMatch(
      /AMI +refused for .* \(Authentication failed\)/,
    );
  });
});

describe('cloud mode', () => {
  const ok = { succeededAt: 990, problem: null };
  const cloud: CloudStatus = {
    region: 'eu-central-1',
    credentials: { validUntil: 3400, problem: null },
    events: ok,
    jobs: ok,
    clockAheadSeconds: 2,
  };
  const refused = { code: 'CLOUD_IDENTITY_REFUSED', message: '403 Certificate is invalid on this endpoint' };
  const file = (changes: Partial<CloudStatus> = {}) =>
    statusFileSchema.parse({
      status: agentStatus('acme_hq', 1000),
      everySeconds: 60,
      pid: 42,
      cloud: { ...cloud, ...changes },
    });

  test('shows that all is well', () => {
    expect(livenessOf(file(), 1000)).toBe('online');
    const shown = showStatus(file(), 1000);
    expect(shown).toMatch(/Cloud +eu-central-1, events taken 10 s ago\n/);
    expect(shown).toMatch(/Job queue +heard of 10 s ago\n/);
    expect(shown).toMatch(/Credentials +valid for 40 min\n/);
    expect(shown).toMatch(/Clock +agrees with AWS's\n/);
  });

  test('credentials that can not be renewed are shown before they end, and then it fails', () => {
    const ending = file({ credentials: { validUntil: 1600, problem: refused } });
    expect(livenessOf(ending, 1000)).toBe('online');
    expect(showStatus(ending, 1000)).toMatch(
      /valid for 10 min; no new ones: 403 .* \(CLOUD_IDENTITY_REFUSED\)/,
    );
    const ended = file({
      credentials: { validUntil: null, problem: refused },
      events: { succeededAt: 900, problem: refused },
      jobs: { succeededAt: null, problem: refused },
    });
    expect(livenessOf(ended, 1000)).toBe('failing');
    expect(showStatus(ended, 1000)).toMatch(
      /events taken 100 s ago; fails: 403 .* \(CLOUD_IDENTITY_REFUSED\)/,
    );
    expect(showStatus(ended, 1000)).toMatch(/Job queue +nothing heard of yet; fails: 403/);
  });

  test('a clock that is wrong is told by how much', () => {
    expect(showStatus(file({ clockAheadSeconds: -3600 }), 1000)).toMatch(
      /Clock +3600 s behind AWS's: events/,
    );
    expect(showStatus(file({ clockAheadSeconds: 61 }), 1000)).toMatch(/Clock +61 s ahead of AWS's/);
    expect(showStatus(file({ clockAheadSeconds: null }), 1000)).not.toMatch(/Clock/);
  });
});
