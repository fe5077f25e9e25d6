import { describe, expect, it } from 'vitest';
import { inviteLine } from '#bin/odoopbx/commands/invite.ts';
import { OperatorWorld } from '#test/support/operator-world.ts';

const code = 'K7Q2M-AAAAA-BBBBB-CCCCC-DDDDD-E';

describe('inviteLine', () => {
  it('enrols an agent that is installed', () => {
    expect(inviteLine({ packagesUrl: undefined, apiUrl: 'https://api.example.com', code })).toBe(
      `sudo odoopbx-agent enroll https://api.example.com ${code}`,
    );
  });

  it('installs it first where there are packages', () => {
    expect(
      inviteLine({ packagesUrl: 'https://p.example.com/odoopbx/', apiUrl: 'https://api.example.com', code }),
    ).toBe(
      `curl -fsSL https://p.example.com/odoopbx/install.sh | sudo sh -s -- https://api.example.com ${code}`,
    );
  });

  it('sets up AMI on request', () => {
    const apiUrl = 'https://api.example.com';
    expect(inviteLine({ packagesUrl: undefined, apiUrl, code, setupAmi: true })).toBe(
      `sudo odoopbx-agent enroll https://api.example.com ${code} --setup-ami`,
    );
  });

  it('lets the shell take nothing of an address for itself', () => {
    const line = inviteLine({ packagesUrl: undefined, apiUrl: "https://x.y/?a=1&b='$(id)'", code });
    expect(line).toBe(String.raw`sudo odoopbx-agent enroll 'https://x.y/?a=1&b='\''$(id)'\''' ${code}`);
  });
});

describe('invite', () => {
  const ready = () => {
    const world = new OperatorWorld();
    world.cloud.things.set('acme_hq', []);
    world.cloud.stack('pf-api', { outputs: { ApiUrl: 'https://api.example.com/' } });
    return world;
  };

  it('prints the line alone on standard output', async () => {
    const ran = await ready().run('invite', 'acme/hq', '--valid', '30m');
    expect(ran).toMatchObject({
      code: 0,
      stdout: `sudo odoopbx-agent enroll https://api.example.com ${code}\n`,
    });
    expect((await ready().run('invite', 'acme/hq', '--setup-ami')).stdout).toMatch(/ --setup-ami\n$/);
    expect(ran.stderr).toContain('before 2027-01-15T08:30:00.000Z');
  });

  it('makes no code for a PBX that is unknown or not deployed, or without the address', async () => {
    const world = ready();
    expect((await world.run('invite', 'acme/hp')).stderr).toContain('did you mean hq?');
    expect((await world.run('invite', 'acme/lab')).stderr).toContain('not deployed yet: odoopbx deploy acme');
    expect((await world.run('invite', 'acme/hq', '--valid', '8d')).stderr).toContain(
      '--valid must be 10m to 7d',
    );
    world.cloud.stackStates.clear();
    expect((await world.run('invite', 'acme/hq')).stderr).toContain('NOT_DEPLOYED');
    expect(world.cloud.codes.size).toBe(0);
    expect((await world.run('invite', 'acme/hq', '--url', 'https://own.example.com')).code).toBe(0);
  });
});
