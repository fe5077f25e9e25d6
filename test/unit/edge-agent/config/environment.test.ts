import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { amiVariables, configFromEnvironment } from '#edge-agent/config/environment.ts';

const from = (env: Record<string, string>) => configFromEnvironment(env, (path) => `contents of ${path}\n`);

test('nothing set means nothing configured', () => {
  expect(from({ PATH: '/bin', AMI_HOST: '' })).toBeUndefined();
});

test('one user serves both sessions', () => {
  expect(from({ AMI_USER: 'u', AMI_SECRET: 's' })).toEqual({
    host: '127.0.0.1', port: 5038, tls: false, filters: false,
    events: { username: 'u', secret: 's' },
    actions: { username: 'u', secret: 's' },
  }); // prettier-ignore
});

test('everything can be set', () => {
  const config = from({
    AMI_HOST: 'pbx', AMI_CA_FILE: '/ca', AMI_USER: 'u', AMI_SECRET_FILE: '/secret', AMI_EVENTS_USER: 'e',
    AMI_EVENTS_SECRET: 'x', AMI_TIME_ZONE: 'Asia/Tokyo', AMI_FILTERS: 'yes',
  }); // prettier-ignore
  expect(config).toEqual({
    host: 'pbx', port: 5039, tls: { ca: 'contents of /ca\n' }, timeZone: 'Asia/Tokyo', filters: true,
    events: { username: 'e', secret: 'x' },
    actions: { username: 'u', secret: 'contents of /secret' },
  }); // prettier-ignore
});

test('what is wrong is told, without secrets', () => {
  expect(() => from({ AMI_HOST: 'x' })).toThrow(/AMI_USER: is missing.*\n.*AMI_SECRET: is missing[^\n]*$/);
  expect(() => from({ AMI_USER: 'u', AMI_SECRET: 'hunter2', AMI_PORT: 'ami', AMI_TLS: 'maybe' })).toThrow(
    /AMI_PORT: must be a port.*it is "ami"\n.*AMI_TLS: must be true, false/,
  );
  expect(() => from({ AMI_USER: 'u', AMI_SECRETT: 'hunter2' })).toThrow(/did you mean AMI_SECRET\?/);
  expect(() => from({ AMI_USER: 'u', AMI_SECRETT: 'hunter2' })).not.toThrow(/hunter2/);
});

test('the documentation lists every variable', () => {
  const source = readFileSync(
    new URL('../../../../edge-agent/config/environment.ts', import.meta.url),
    'utf8',
  );
  const [comment = ''] = source.split('export const amiVariables');
  for (const name of amiVariables) expect(comment).toContain(name);
});
