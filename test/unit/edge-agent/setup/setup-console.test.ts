import { beforeEach, expect, test } from 'vitest';
import { type SetupConsoleOptions, setupConsole } from '#edge-agent/setup/setup-console.ts';
import { type MemoryHost, memoryHost } from '#test/support/memory-host.ts';

let host: MemoryHost;
let said: string[];
let reloads: boolean;
let reaches: boolean;
const path = '/etc/asterisk/cli_permissions.conf';

beforeEach(() => {
  host = memoryHost();
  said = [];
  reloads = true;
  reaches = true;
  host.put('/etc/asterisk/asterisk.conf', '[options]\n', { mode: 0o640, uid: 110, gid: 115 });
  host.answer = (line) => {
    if (line.startsWith('setpriv ')) return { code: reaches ? 0 : 1 };
    const command = line.slice('asterisk -rx '.length);
    if (command === 'core show settings') return 'Configuration directory:     /etc/asterisk\n';
    if (command === 'cli reload permissions') return reloads ? '' : { code: 1, stderr: 'no' };
    if (command === 'cli show permissions') {
      const sections = [...(host.readFile(path) ?? '').matchAll(/^\[(?!general)([^\]]+)\]/gm)];
      return sections.map(([, name = '']) => `user: ${name} [uid=900]\n`).join('');
    }
    return '';
  };
});

const run = (changes: Partial<SetupConsoleOptions> = {}) =>
  setupConsole(
    { account: 'odoopbx-agent', asterisk: 'asterisk', dryRun: false, ...changes },
    { host, progress: (line) => said.push(line) },
  );

test('writes the allow-list as Asterisk’s group reads it, every entry anchored', async () => {
  await run();
  const text = host.readFile(path) ?? '';
  expect(text).toContain('default_perm = permit');
  expect(text).toContain('[odoopbx-agent]\ndeny = all\npermit = ^core show( |$)\n');
  for (const [, entry] of text.matchAll(/^(?:permit|deny) = (.*)$/gm)) expect(entry).toMatch(/^(\^|all$)/);
  expect(host.accessOf(path)).toEqual({ mode: 0o640, uid: 110, gid: 115 });
  expect(said.at(-1)).toContain('reaches Asterisk');
});

test('what others wrote stays, and a second run changes nothing', async () => {
  host.put(path, '[general]\ndefault_perm = deny\n\n[ann]\npermit = all\n');
  await run();
  const once = host.readFile(path);
  expect(once).toContain('default_perm = deny\n\n[ann]\npermit = all\n\n; odoopbx-agent console: begin');
  await run();
  expect(host.readFile(path)).toBe(once);
  expect(said).toContain(`${path} is as it should be already`);
});

test('a section that is not ours is not touched', async () => {
  host.put(path, '[odoopbx-agent]\npermit = all\n');
  await expect(run()).rejects.toMatchObject({ code: 'SETUP_FAILED' });
  expect(host.readFile(path)).toBe('[odoopbx-agent]\npermit = all\n');
});

test('when Asterisk does not read it everything is as before', async () => {
  reloads = false;
  await expect(run()).rejects.toMatchObject({ code: 'SETUP_FAILED' });
  expect(host.readFile(path)).toBeUndefined();
});

test('an account that does not reach the control socket: what to do is told', async () => {
  reaches = false;
  await run();
  expect(said.join('\n')).toContain('astctlgroup = odoopbx-agent');
});

test('a dry run writes nothing; root and nobody known are refused', async () => {
  await run({ dryRun: true });
  expect(host.readFile(path)).toBeUndefined();
  host.users['root'] = { uid: 0, gid: 0 };
  await expect(run({ account: 'root' })).rejects.toThrow('held back');
  await expect(run({ account: 'nemo' })).rejects.toThrow('no account');
});
