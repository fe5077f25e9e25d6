import { describe, expect, test } from 'vitest';
import {
  hasAdvancedFilters,
  parseConfigDir,
  parseManagerSettings,
  parseManagerUsers,
  parseVersion,
} from '#edge-agent/setup/manager-settings.ts';
import { managerSettings, managerUsers } from './asterisk-answers.ts';

describe('manager show settings', () => {
  test('AMI on this machine', () => {
    expect(parseManagerSettings(managerSettings({ bound: '127.0.0.1:5038', timestamps: true }))).toEqual({
      enabled: true,
      address: { host: '127.0.0.1', port: 5038 },
      timestamps: true,
    });
  });

  test.each([
    ['0.0.0.0:5038', {}],
    ['[::]:5038', {}],
    ['[::1]:5038', { host: '::1' }],
    ['192.0.2.7:5038', { host: '192.0.2.7' }],
  ])('bound to %s it is reached at %j', (bound, host) => {
    expect(parseManagerSettings(managerSettings({ bound }))?.address).toEqual({ ...host, port: 5038 });
  });

  test('AMI off', () => {
    expect(parseManagerSettings(managerSettings({}))).toEqual({ enabled: false, timestamps: false });
  });

  test('something else', () => {
    expect(parseManagerSettings('No such command')).toBeUndefined();
  });
});

test('manager show users', () => {
  expect(parseManagerUsers(managerUsers(['admin', 'acme_hq_events']))).toEqual(['admin', 'acme_hq_events']);
  expect(parseManagerUsers('There are no manager users.\n')).toEqual([]);
});

test('core show settings and version', () => {
  expect(parseConfigDir('  * Directories\n  Configuration directory:     /etc/asterisk\n')).toBe(
    '/etc/asterisk',
  );
  expect(parseConfigDir('')).toBeUndefined();
  expect(parseVersion('Asterisk 22.10.1+dfsg+~cs6.17-1 built by nobody')).toBe('22.10.1');
  expect(parseVersion('Asterisk certified/18.9-cert5 built by x')).toBe('18.9');
  expect(parseVersion('Asterisk GIT-master-5d2 built by x')).toBeUndefined();
});

test.each([
  ['18.25.0', false],
  ['18.26.0', true],
  ['19.8.0', false],
  ['20.10.9', false],
  ['20.11.0', true],
  ['21.5.0', false],
  ['22.0.0', false],
  ['22.1.0', true],
  ['23.0.0', true],
  [undefined, false],
])('eventfilter(name()) in %s: %s', (version, has) => {
  expect(hasAdvancedFilters(version)).toBe(has);
});
