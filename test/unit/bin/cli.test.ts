import { describe, expect, it } from 'vitest';
import { OdoopbxError } from '#core/errors/odoopbx-error.ts';
import { OperatorWorld } from '#test/support/operator-world.ts';

describe('odoopbx', () => {
  it('shows every command by its section', async () => {
    const { code, stdout } = await new OperatorWorld(null).run('--help');
    expect(code).toBe(0);
    for (const line of [
      'Plan the fleet (fleet.yaml):',
      'add tenant|pbx',
      'key rotate|add|list|remove',
      'Exit codes: 0 done',
    ]) {
      expect(stdout).toContain(line);
    }
    expect(stdout).not.toContain('\u001B[');
  });

  it.each(['deploy', 'invite', 'status', 'doctor', 'redrive', 'replay', 'revoke', 'unpin', 'cost'])(
    'has help with an example for %s',
    async (command) => {
      const { code, stdout } = await new OperatorWorld(null).run(command, '--help');
      expect(code).toBe(0);
      expect(stdout).toMatch(new RegExp(`Examples?:\n.*odoopbx .*${command}`));
      expect(stdout).toContain('--json');
    },
  );

  it('knows what was meant', async () => {
    const world = new OperatorWorld();
    expect(await world.run('statsu')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('Did you mean status') as string,
    });
    expect((await world.run('status', '--wach')).code).toBe(2);
    expect((await world.run('status', 'acne')).stderr).toContain('did you mean acme?');
  });

  it('tells problems as text or as JSON, results on standard output alone', async () => {
    const world = new OperatorWorld('platform: { region: x }\n');
    const text = await world.run('status');
    expect(text).toMatchObject({ code: 2, stdout: '' });
    expect(text.stderr).toContain('odoopbx: fleet.yaml:1:21 platform.region: must be an AWS region');
    const json = await world.run('status', '--json');
    expect(JSON.parse(json.stderr)).toMatchObject({ error: { code: 'CONFIG_INVALID' } });
    const usage = await world.run('--json', 'statsu');
    expect(usage).toMatchObject({ code: 2, stdout: '' });
    expect(JSON.parse(usage.stderr)).toEqual({
      error: { code: 'CONFIG_INVALID', message: "unknown command 'statsu' (Did you mean status?)" },
    });
  });

  it('looks for another fleet where it is told to', async () => {
    const world = new OperatorWorld(null);
    expect((await world.run('status')).stderr).toContain(
      'there is no fleet.yaml: make one with "odoopbx init"',
    );
    expect((await world.run('-f', 'other.yaml', 'status')).stderr).toContain('there is no other.yaml');
  });

  it('explains what AWS says', async () => {
    const world = new OperatorWorld();
    world.env['AWS_PROFILE'] = 'ops';
    world.connect = async () => {
      throw Object.assign(new Error('Could not load credentials from any providers'), {
        name: 'CredentialsProviderError',
      });
    };
    const { code, stderr } = await world.run('status');
    expect(code).toBe(1);
    expect(stderr).toContain('there are no AWS credentials (profile ops): run "aws sso login"');
    world.connect = async () => {
      throw new OdoopbxError('AWS_WRONG_ACCOUNT', 'another account');
    };
    expect((await world.run('status')).stderr).toContain('another account (AWS_WRONG_ACCOUNT)');
  });

  it('colours a terminal, and none with NO_COLOR', async () => {
    const world = new OperatorWorld();
    world.isTTY = true;
    expect((await world.run('status')).stdout).toContain('\u001B[');
    world.env['NO_COLOR'] = '1';
    expect((await world.run('status')).stdout).not.toContain('\u001B[');
  });
});
