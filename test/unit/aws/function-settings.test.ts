import { expect, it } from 'vitest';
import { parseFunctionSettings } from '#aws/function-settings.ts';
import { agentStatusSettingsSchema } from '#lambdas/agent-status/settings.ts';
import { enrollAgentSettingsSchema } from '#lambdas/enroll-agent/settings.ts';
import { sweepSettingsSchema } from '#lambdas/sweep/settings.ts';

const enrollment = {
  PLATFORM: 'odoopbx',
  PBX_TABLE: 'odoopbx-pbx',
  IOT_POLICY: 'odoopbx-agent',
  ROLE_ALIAS: 'odoopbx-agent',
  BUS: 'odoopbx',
  JOB_QUEUE_URL_BASE: 'https://sqs.eu-central-1.amazonaws.com/123456789012/odoopbx-jobs-',
  AWS_REGION: 'eu-central-1',
};

it('gives what the stacks set', () => {
  expect(parseFunctionSettings(enrollAgentSettingsSchema, { ...enrollment, PATH: '/bin' })).toEqual(
    enrollment,
  );
  const { PLATFORM, PBX_TABLE, BUS } = enrollment;
  const status = { PLATFORM, PBX_TABLE, LOG_LEVEL: 'debug' };
  expect(parseFunctionSettings(agentStatusSettingsSchema, status)).toEqual(status);
  const sweep = { PLATFORM, PBX_TABLE, BUS, JOBS_TABLE: 'odoopbx-jobs' };
  expect(parseFunctionSettings(sweepSettingsSchema, sweep)).toEqual(sweep);
});

it('names every variable that is missing or wrong, at once', () => {
  const wrong = { ...enrollment, BUS: undefined, JOB_QUEUE_URL_BASE: 'nowhere', LOG_LEVEL: 'loud' };
  const parse = () => parseFunctionSettings(enrollAgentSettingsSchema, wrong);
  expect(parse).toThrow(expect.objectContaining({ code: 'CONFIG_INVALID' }));
  for (const name of ['BUS', 'JOB_QUEUE_URL_BASE', 'LOG_LEVEL']) expect(parse).toThrow(name);
});
