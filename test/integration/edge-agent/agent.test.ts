import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest';
import { type AgentStatus, agentStatusSchema } from '#core/contracts/agent-status.ts';
import { amiBatchSchema } from '#core/contracts/ami-batch.ts';
import { jobResultSchema } from '#core/contracts/job-result.ts';
import type { Job } from '#core/contracts/job.ts';
import { silentLogger } from '#core/ports/logger.ts';
import type { Agent } from '#edge-agent/agent.ts';
import { parseConfig } from '#edge-agent/config/read-config.ts';
import { agentConfigSchema } from '#edge-agent/config/schema.ts';
import { createAgent } from '#edge-agent/main.ts';
import { readStatusFile } from '#edge-agent/status/status-file.ts';
import { systemClock } from '#edge-agent/system-clock.ts';
import { systemRandom } from '#edge-agent/system-random.ts';
import { createPbxSimulator } from '#standalone/simulator/ami-server.ts';
import { FakeBus } from '#test/support/fake-bus.ts';
import { MemoryJobSource } from '#test/support/memory-job-source.ts';

const simulator = createPbxSimulator(
  {
    port: 0, callsPerMinute: 0, speed: 50, seed: 1, timeZone: 'America/Caracas',
    users: [{ username: 'u', secret: 's', read: 'all', write: 'all' }],
  },
  { clock: systemClock, logger: silentLogger },
); // prettier-ignore
beforeAll(() => simulator.start());
afterAll(() => simulator.stop());

const folders: string[] = [];
const agents: Agent[] = [];
afterEach(async () => {
  for (const agent of agents.splice(0)) await agent.stop({ drainMs: 0 });
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true });
});

interface Bench {
  agent: Agent;
  bus: FakeBus;
  source: MemoryJobSource;
  stateDir: string;
  seen: string[];
}

function bench(
  stateDir = join(mkdtempSync(join(tmpdir(), 'agent-')), 'state'),
  port = simulator.port,
): Bench {
  folders.push(stateDir);
  const text = `
pbx: acme_hq
stateDir: ${stateDir}
ami:
  port: ${port}
  events: { username: u, secret: s }
  actions: { username: u, secret: s }
`;
  const config = parseConfig(text, agentConfigSchema, { name: 'test', env: {}, readFile: () => '' });
  const bus = new FakeBus();
  const source = new MemoryJobSource();
  const seen: string[] = [];
  const agent = createAgent({
    config,
    bus,
    jobSource: source,
    clock: systemClock,
    random: systemRandom,
    logger: silentLogger,
    version: '0.1.0',
    hooks: {
      event: (event) => void seen.push(`event ${String(event['Event'])}`),
      spooled: ({ event }) => void seen.push(`spooled ${String(event['Event'])}`),
    },
  });
  agents.push(agent);
  return { agent, bus, source, stateDir, seen };
}

const details = (bus: FakeBus, type: string): unknown[] =>
  bus.accepted
    .filter(({ detailType }) => detailType === type)
    .map(({ detail }) => JSON.parse(detail) as unknown);
const results = (bus: FakeBus) =>
  details(bus, 'job.result.v1').map((detail) => jobResultSchema.parse(detail));
const statuses = (bus: FakeBus) =>
  details(bus, 'agent.status.v1').map((detail) => agentStatusSchema.parse(detail));
const until = (check: () => void) => vi.waitFor(check, { timeout: 15_000, interval: 20 });

let count = 0;
function job(fun: string, args: Job['args'] = [], kwargs: Job['kwargs'] = {}): Job {
  count += 1;
  const now = Date.now() / 1000;
  return { v: 1, id: `job-${String(count).padStart(8, '0')}`, fun, args, kwargs, timeoutMs: 10_000, createdAt: now, expiresAt: now + 60 };
} // prettier-ignore

const rules = (asOf: number, ...names: string[]) => ({
  rules: names.map((name, index) => ({ id: `${index + 1}`, name, delay: 0, condition: '' })),
  rulesVersion: 'a'.repeat(16),
  asOf,
});
const dial = { Action: 'Originate', Channel: 'PJSIP/1004', Application: 'Wait', Data: '1', Async: 'true' };

test('rules make events flow, jobs are done, status tells', async () => {
  const { agent, bus, source, stateDir, seen } = bench();
  const heard: AgentStatus[] = [];
  agent.onStatus((status) => heard.push(status));
  expect(agent.status().ami.state).toBe('stopped');
  await agent.start();
  await until(() => expect(agent.status().ami.state).toBe('connected'));

  source.send(job('agent.configure', [], rules(1, 'Hangup')));
  await until(() => expect(results(bus)).toHaveLength(1));
  expect(results(bus)[0]).toMatchObject({ status: 'done', result: { applied: true, rulesVersion: 'a'.repeat(16), refusedRules: [] } });
  await until(() => expect(statuses(bus).at(-1)).toMatchObject({ rulesVersion: 'a'.repeat(16), ami: { state: 'connected' } }));

  source.send(job('asterisk.manager_action', [dial]));
  await until(() => expect(results(bus)[1]).toMatchObject({ status: 'done', result: [{ Response: 'Success' }] }));
  await until(() => expect(details(bus, 'ami.batch.v1')).not.toEqual([]));
  const batch = amiBatchSchema.parse(details(bus, 'ami.batch.v1')[0]);
  expect(batch).toMatchObject({ pbx: 'acme_hq', rulesVersion: 'a'.repeat(16), events: [{ rules: ['1'], event: { Event: 'Hangup', SystemName: expect.any(String) } }] });
  expect(seen).toContain('event Newchannel');
  expect(seen.filter((one) => one.startsWith('spooled'))).toEqual(['spooled Hangup']);

  await until(() => expect(readStatusFile(stateDir)?.status.rulesVersion).toBe('a'.repeat(16)));
  expect(statSync(stateDir).mode & 0o777).toBe(0o700);
  expect(heard.length).toBeGreaterThan(1);

  await agent.stop({ drainMs: 3000 });
  expect(readStatusFile(stateDir)?.status.ami.state).toBe('stopped');
  expect(statuses(bus).at(-1)?.ami.state).toBe('stopped');
}); // prettier-ignore

test('asking for the rules anew reports no version at once', async () => {
  const { agent, bus, source } = bench();
  await agent.start();
  source.send(job('agent.configure', [], rules(1, 'Hangup')));
  await until(() => expect(statuses(bus).at(-1)?.rulesVersion).toBe('a'.repeat(16)));
  source.send(job('agent.reload_config'));
  await until(() => expect(statuses(bus).at(-1)?.rulesVersion).toBeNull());
});

test('the policy of the PBX holds in the composed agent', async () => {
  const { agent, bus, source } = bench();
  await agent.start();
  source.send(job('asterisk.manager_action', [{ Action: 'Command', Command: 'core stop now' }]));
  source.send(job('asterisk.manager_action', [{ ...dial, Application: 'System', Data: 'true' }]));
  await until(() => expect(results(bus)).toHaveLength(2));
  for (const result of results(bus)) {
    expect(result).toMatchObject({ status: 'refused', error: { code: 'JOB_REFUSED_BY_POLICY' } });
  }
});

test('with no Asterisk it runs all the same and answers jobs so', async () => {
  const { agent, bus, source } = bench(undefined, 1);
  await agent.start();
  source.send(job('asterisk.manager_action', [{ Action: 'Ping' }]));
  source.send(job('test.ping'));
  await until(() => expect(results(bus)).toHaveLength(2));
  expect(results(bus).map(({ result }) => result)).toEqual(
    expect.arrayContaining([true, [{ Response: 'Error', Message: 'Asterisk is not connected' }]]),
  );
  await until(() => expect(statuses(bus).at(-1)?.ami).toMatchObject({ state: 'connecting', error: expect.stringContaining('127.0.0.1:1') }));
}); // prettier-ignore

test('a second agent on the same state folder is refused and leaves the first alone', async () => {
  const first = bench();
  await first.agent.start();
  const second = bench(first.stateDir);
  await expect(second.agent.start()).rejects.toMatchObject({ code: 'JOURNAL_UNUSABLE' });
  first.source.send(job('test.ping'));
  await until(() => expect(results(first.bus)).toHaveLength(1));
  folders.pop();
});

test('what was spooled while the bus was down goes out by the next agent, jobs are not run again', async () => {
  const first = bench();
  first.bus.down = true;
  await first.agent.start();
  const once = job('test.ping');
  first.source.send(once);
  await until(() => expect(first.source.size).toBe(0));
  await first.agent.stop({ drainMs: 0 });
  expect(first.bus.accepted).toEqual([]);

  const second = bench(first.stateDir);
  folders.pop();
  await second.agent.start();
  second.source.send(once);
  await until(() => expect(second.source.size).toBe(0));
  await until(() =>
    expect(results(second.bus)).toMatchObject([{ jobId: once.id, status: 'done', result: true }]),
  );
});
