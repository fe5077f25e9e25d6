import { describe, expect, test } from 'vitest';
import { settingsFromEnvironment, startVariables } from '#standalone/environment.ts';
import { pairFolder } from '#standalone/npm-start.ts';

const read = (env: Record<string, string>, files: Record<string, string> = {}) =>
  settingsFromEnvironment(env, (path) => {
    const text = files[path];
    if (text === undefined) throw new Error('no such file');
    return text;
  });

const odoo = { ODOO_URL: 'https://odoo.example.com', ODOO_DB: 'prod', ODOO_LOGIN: 'pbx', ODOO_API_KEY: 'k' };
const ami = { AMI_USER: 'agent', AMI_SECRET: 'secret' };

describe('settings of npm start', () => {
  test('nothing set: both halves are simulated', () => {
    expect(read({ HOME: '/x' })).toMatchObject({
      pbx: 'home_pbx',
      stateDir: '.odoopbx',
      ami: undefined,
      odoo: undefined,
      logLevel: 'warn',
      callsPerMinute: 6,
    });
  });

  test('each half is real on its own', () => {
    expect(read(ami)).toMatchObject({ ami: { host: '127.0.0.1', port: 5038 }, odoo: undefined });
    expect(read(odoo)).toMatchObject({ ami: undefined, odoo: { db: 'prod', secret: 'k', allowHttp: false } });
  });

  test('each pair of ends has its own folder', () => {
    const folders = [read({}), read(ami), read(odoo), read({ ...ami, ...odoo })].map((settings) =>
      pairFolder(settings),
    );
    expect(folders).toEqual([
      'simulator-to-stand-in',
      '127.0.0.1-5038-to-stand-in',
      'simulator-to-odoo.example.com-prod',
      '127.0.0.1-5038-to-odoo.example.com-prod',
    ]);
  });

  test('a secret may come from a file', () => {
    const { ODOO_API_KEY: _, ...rest } = odoo;
    const settings = read({ ...rest, ODOO_API_KEY_FILE: '/k' }, { '/k': 'from a file\n' });
    expect(settings.odoo?.secret).toBe('from a file');
  });

  test.each([
    [{ ODOO_URL: 'https://o' }, /ODOO_DB.*\n.*ODOO_LOGIN.*\n.*ODOO_PASSWORD/],
    [{ ...odoo, ODOO_URL: 'ftp://o' }, /http or https/],
    [{ ...odoo, ODOO_URL: 'http://odoo.example.com' }, /ODOO_URL: must be https/],
    [{ ...odoo, ODOO_USER: 'x' }, /no ODOO_USER; there are ODOO_URL/],
    [{ DOOR_PROT: '1' }, /DOOR_PROT/],
    [{ DOOR_KEY: 'short' }, /16 characters/],
    [{ PAGE_PORT: '99999' }, /PAGE_PORT/],
    [{ CALLS_PER_MINUTE: 'many' }, /CALLS_PER_MINUTE/],
    [{ PBX: 'Home' }, /PBX/],
    [{ LOG_LEVEL: 'loud' }, /LOG_LEVEL/],
  ])('%j is refused in words', (env, words) => {
    expect(() => read(env as Record<string, string>)).toThrow(words);
  });

  test('no secret stands in an error', () => {
    expect(() => read({ ...odoo, ODOO_API_KEY: 'very-secret', ODOO_URL: 'x' })).toThrow(
      expect.objectContaining({ message: expect.not.stringContaining('very-secret') as string }),
    );
  });

  test('help names every variable that is read', () => {
    const help = startVariables.flat().join(' ');
    for (const name of [...Object.keys(odoo), ...Object.keys(ami), 'DOOR_KEY', 'STATE_DIR', 'PAGE_PORT']) {
      expect(help).toContain(name);
    }
  });
});
