import { expect, it } from 'vitest';
import { agentStatusDetailType } from '#core/contracts/agent-status.ts';
import { keepStatus } from '#lambdas/agent-status/keep-status.ts';
import { agentStatus } from '#test/support/agent-statuses.ts';
import { createMemoryPbxDirectory } from '#test/support/memory-pbx-directory.ts';
import { recordingLogger } from '#test/support/recording-logger.ts';

const now = 1_790_000_000;

function underTest() {
  const directory = createMemoryPbxDirectory([{ pbx: 'acme_hq' }, { pbx: 'other_hq' }]);
  const counted: string[] = [];
  const metrics = {
    of: (tenant = '-') => ({ count: (name: string) => void counted.push(`${tenant} ${name}`) }),
  };
  const logger = recordingLogger();
  const keep = (event: unknown) => keepStatus(event, { directory, metrics, logger, now: () => now * 1000 });
  return { directory, counted, logger, keep };
}

const event = (detail: unknown, changes: object = {}) => ({
  version: '0',
  source: 'pbx.acme_hq',
  'detail-type': agentStatusDetailType,
  detail,
  ...changes,
});

it('keeps what an agent reports', async () => {
  const { directory, counted, keep } = underTest();
  const status = agentStatus('acme_hq', now - 5);
  await keep(event(status));
  expect((await directory.find('acme_hq'))?.status).toEqual(status);
  expect(counted).toEqual([]);
});

it('believes the source and counts who names another PBX', async () => {
  const { directory, counted, logger, keep } = underTest();
  await keep(event(agentStatus('other_hq', now)));
  expect((await directory.find('other_hq'))?.status).toBeNull();
  expect((await directory.find('acme_hq'))?.status).toBeNull();
  expect(counted).toEqual(['acme StatusRefused']);
  expect(logger.at('warn')).toEqual([
    { message: 'a status is refused', code: 'MESSAGE_SOURCE_MISMATCH', pbx: 'acme_hq' },
  ]);
});

it.each([
  ['no event', 'text'],
  ['another source', event(agentStatus('acme_hq', now), { source: 'aws.events' })],
  ['another type', event(agentStatus('acme_hq', now), { 'detail-type': 'ami.batch.v1' })],
  ['a status that lacks something', event({ v: 1, pbx: 'acme_hq', at: now })],
])('counts and leaves %s, which another try would not mend', async (_, sent) => {
  const { directory, counted, logger, keep } = underTest();
  await keep(sent);
  expect((await directory.find('acme_hq'))?.status).toBeNull();
  expect(counted).toHaveLength(1);
  expect(logger.at('warn')).toMatchObject([{ code: 'MESSAGE_INVALID' }]);
});

it('logs where a status is wrong, not what stands there', async () => {
  const { logger, keep } = underTest();
  await keep(event({ ...agentStatus('acme_hq', now), agentVersion: 7, refusedRules: ['+491701234567'] }));
  expect(JSON.stringify(logger.at('warn'))).toContain('agentVersion');
  expect(JSON.stringify(logger.at('warn'))).not.toContain('491701234567');
});

it('is not shut out by a clock that ran ahead', async () => {
  const { directory, keep } = underTest();
  await keep(event(agentStatus('acme_hq', now + 86_400)));
  expect((await directory.find('acme_hq'))?.status?.at).toBe(now);
});

it('takes a status out of the archive for history', async () => {
  const { directory, counted, keep } = underTest();
  await keep(event(agentStatus('acme_hq', now), { 'replay-name': 'replay-1' }));
  expect((await directory.find('acme_hq'))?.status).toBeNull();
  expect(counted).toEqual([]);
});

it('fails when the store fails, so that the service tries again', async () => {
  const directory = { recordStatus: () => Promise.reject(new Error('no route')) };
  const metrics = { of: () => ({ count: () => undefined }) };
  const deps = { directory, metrics, logger: recordingLogger(), now: () => now * 1000 };
  await expect(keepStatus(event(agentStatus('acme_hq', now)), deps)).rejects.toThrow('no route');
});
