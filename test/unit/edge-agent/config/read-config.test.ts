import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import * as z from 'zod';
import { parseConfig, readConfigFile } from '#edge-agent/config/read-config.ts';
import { agentConfigSchema } from '#edge-agent/config/schema.ts';

const example = readFileSync(new URL('../../../../edge-agent/config/example.yaml', import.meta.url), 'utf8');
const minimal = `
pbx: acme_hq
ami:
  events: { username: e, secret: hunter2 }
  actions: { username: a, secret: hunter3 }
`;
const files: Record<string, string> = {
  '/run/secret': 'from a file\n',
  '/run/empty': '\n',
  '/run/ca.pem': 'PEM\nPEM\n',
};
const parse = (text: string, env: Record<string, string> = {}, schema: z.ZodType = agentConfigSchema) =>
  parseConfig(text, schema, {
    name: 'agent.yaml',
    env,
    readFile: (path) => {
      if (files[path] === undefined) throw new Error('no such file');
      return files[path];
    },
  }) as z.output<typeof agentConfigSchema>;

function problemsIn(text: string): string {
  try {
    parse(text);
  } catch (error) {
    expect(error).toMatchObject({ code: 'CONFIG_INVALID' });
    return (error as Error).message;
  }
  throw new Error('it is valid');
}

describe('a valid file', () => {
  test('the example parses, and shows the defaults', () => {
    const config = parse(example, { AMI_EVENTS_SECRET: 'one', AMI_ACTIONS_SECRET: 'two' });
    expect(config.ami.events.secret).toBe('one');
    const { spool, console: terminal, statusSeconds, stateDir, logLevel } = parse(minimal);
    expect({ spool, console: terminal, statusSeconds, stateDir, logLevel }).toEqual({
      spool: config.spool,
      console: config.console,
      statusSeconds: config.statusSeconds,
      stateDir: config.stateDir,
      logLevel: config.logLevel,
    });
    expect(spool).toEqual({ maxBytes: 500_000_000, maxAge: 604_800_000 });
  });

  test('the example names every setting', () => {
    for (const key of Object.keys(agentConfigSchema.shape))
      expect(example).toMatch(new RegExp(`^(# )?${key}:`, 'm'));
  });

  test('takes secrets from files and the environment, certificates with their lines', () => {
    const config = parse(
      `
pbx: acme_hq
ami:
  tls: { caFile: /run/ca.pem }
  events: { username: e, secretFile: /run/secret }
  actions: { username: a, secretEnv: SECRET }
`,
      { SECRET: 'from the environment' },
    );
    expect(config.ami).toMatchObject({
      tls: { ca: 'PEM\nPEM\n' },
      events: { secret: 'from a file' },
      actions: { secret: 'from the environment' },
    });
  });

  test.each([
    ['500MB', 500e6], ['1.5 GiB', 1.5 * 1024 ** 3], ['2000000', 2_000_000],
  ])('knows the size %s', (text, bytes) => {
    expect(parse(`${minimal}spool: { maxBytes: ${text} }`).spool.maxBytes).toBe(bytes);
  }); // prettier-ignore

  test('can be extended by sections of others', () => {
    const extended = agentConfigSchema.extend({
      odoo: z.strictObject({ url: z.url(), password: z.string() }),
    });
    const text = `${minimal}odoo: { url: 'https://odoo.example', passwordFile: /run/secret }`;
    expect(parse(text, {}, extended)).toMatchObject({ odoo: { password: 'from a file' } });
    expect(problemsIn(text)).toContain('odoo: is no setting');
  });
});

describe('a bad file', () => {
  test('tells all of its problems at once, with path, value and range', () => {
    const message = problemsIn(`
pbx: ACME
ami:
  port: 70000
  hots: 127.0.0.1
  events: { username: e, secret: 12345 }
  actions: { username: "a\\nb" , secret: "hunter2\\r\\n" }
  timeZone: Europe/Berlim
spool: { maxBytes: 5KB, maxAge: 7 }
statusSeconds: 1
policy: { function: [x] }
only: "__import__('os')"
console: yes please
`);
    expect(message.split('\n').slice(1)).toHaveLength(13);
    expect(message).toContain('  pbx: a PBX id is <tenant>_<pbx>');
    expect(message).toContain('it is "ACME"');
    expect(message).toContain('  ami.port: must be a port, 1 to 65535, it is 70000');
    expect(message).toContain('  ami.hots: is no setting, did you mean host?');
    expect(message).toContain('  policy.function: is no setting, did you mean functions?');
    expect(message).toContain(
      '  ami.timeZone: must be an IANA time zone such as Europe/Berlin, it is "Europe/Berlim"',
    );
    expect(message).toContain('  spool.maxBytes: must be a size such as 500MB, 1MB to 1000GB, it is "5KB"');
    expect(message).toContain(
      '  spool.maxAge: must be a duration such as 90s, 12h or 7d, 1h to 365d, it is 7',
    );
    expect(message).toContain('  statusSeconds: must be 10 to 3600, it is 1');
    expect(message).toMatch(/ {2}only: .*it is "__import__/);
    expect(message).not.toMatch(/hunter2|12345/);
  });

  test('says what is missing', () => {
    expect(problemsIn('pbx: acme_hq')).toBe('agent.yaml: ami: is missing: must be a mapping of settings');
    expect(problemsIn('pbx: acme_hq\nami: { events: { username: x } }')).toMatch(
      /ami\.events\.secret: is missing: must be text/,
    );
  });

  test.each([
    ['a secret twice', 'secret: a, secretFile: /run/secret', /secretFile: give one of secret, secretFile and secretEnv/],
    ['a file that is not there', 'secretFile: /nowhere', /secretFile: can not be read/],
    ['an empty file', 'secretFile: /run/empty', /is empty/],
    ['a variable that is not set', 'secretEnv: NOPE', /the environment has no variable NOPE/],
    ['a number as a path', 'secretFile: 5', /must be a path/],
  ])('refuses %s', (_name, secret, problem) => {
    expect(problemsIn(`pbx: acme_hq\nami: { events: { username: e, ${secret} }, actions: { username: a, secret: b } }`)).toMatch(problem);
  }); // prettier-ignore

  test.each([
    ['bad YAML', 'pbx: [', /agent.yaml: .* line 1/],
    ['a key twice', 'pbx: a_b\npbx: c_d', /unique/],
    ['a list', '- 1', /must be a mapping/],
    ['nothing', '', /must be a mapping/],
  ])('refuses %s', (_name, text, problem) => {
    expect(problemsIn(text)).toMatch(problem);
  });

  test('a broken line that holds a secret is not shown', () => {
    expect(problemsIn('ami:\n  secret: "hunter2\n pbx: x')).not.toContain('hunter2');
  });
});

describe('the file on disk', () => {
  const folder = mkdtempSync(join(tmpdir(), 'config-'));
  const path = join(folder, 'agent.yaml');
  afterEach(() => rmSync(path, { force: true }));

  test("warns when others can read it; the service's group may", () => {
    writeFileSync(path, minimal);
    chmodSync(path, 0o644);
    expect(readConfigFile(path, agentConfigSchema, {}).warnings).toEqual([
      expect.stringContaining('chmod 640'),
    ]);
    for (const mode of [0o640, 0o600]) {
      chmodSync(path, mode);
      expect(readConfigFile(path, agentConfigSchema, {}).warnings).toEqual([]);
    }
  });

  test('names the file that is not there', () => {
    expect(() => readConfigFile(path, agentConfigSchema, {})).toThrow(/agent\.yaml can not be read/);
  });

  test('finds secret files from its own folder', () => {
    writeFileSync(join(folder, 'ami.secret'), 'beside it\n');
    writeFileSync(path, minimal.replace('secret: hunter2', 'secretFile: ami.secret'));
    expect(readConfigFile(path, agentConfigSchema, {}).config.ami.events.secret).toBe('beside it');
  });
});
