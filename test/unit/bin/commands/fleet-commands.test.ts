import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { fleetText, OperatorWorld } from '#test/support/operator-world.ts';

const enrolled = { id: 'c1', arn: 'arn:aws:iot:::cert/c1', status: 'ACTIVE', policies: ['pf-agent'] };

describe('init', () => {
  it('writes a file that the other commands take, and never a second time', async () => {
    const world = new OperatorWorld(null);
    const first = await world.run('init', '--region', 'eu-west-1', '--name', 'pf');
    expect(first).toMatchObject({ code: 0, stdout: expect.stringContaining('fleet.yaml written') as string });
    expect(first.stdout).toContain('Put into .gitignore: cdk.out/ node_modules/');
    const again = await world.run('init', '--region', 'eu-west-1');
    expect(again).toMatchObject({ code: 2, stderr: expect.stringContaining('exists already') as string });
    expect(
      (await world.run('add', 'tenant', 'acme', '--odoo-url', 'https://a.b', '--db', 'a', '--login', 'l'))
        .code,
    ).toBe(0);
    expect((await world.run('add', 'pbx', 'acme/hq')).stdout).toContain('odoopbx invite acme/hq');
  });

  it('takes the region from the environment, or asks for it', async () => {
    const world = new OperatorWorld(null);
    expect((await world.run('init')).stderr).toContain('which AWS region');
    world.env['AWS_REGION'] = 'eu-west-1';
    writeFileSync(join(world.folder, '.gitignore'), 'node_modules\n/cdk.out\n');
    const { stdout } = await world.run('init');
    expect(stdout).not.toContain('.gitignore');
    expect(world.fleet()).toContain('region: eu-west-1');
  });

  it('refuses a name that the schema refuses and writes nothing', async () => {
    const world = new OperatorWorld(null);
    const { code, stderr } = await world.run('init', '--region', 'eu-west-1', '--name', 'My Platform');
    expect(code).toBe(2);
    expect(stderr).toContain('platform.name: must be 1 to 16');
    expect(existsSync(world.fleetPath)).toBe(false);
  });
});

describe('remove pbx', () => {
  it('cuts the PBX off before it leaves the file', async () => {
    const world = new OperatorWorld();
    world.cloud.things.set('acme_lab', [enrolled]);
    world.cloud.row('acme_lab', { keyHashes: ['a'.repeat(64)], certificateId: 'c1' });
    world.cloud.secretValues.set('/pf/acme/odoo', 'x').set('/pf/acme/lab/odoo', 'y');
    const { code, stdout } = await world.run('remove', 'pbx', 'acme/lab', '--yes');
    expect(code).toBe(0);
    expect(stdout).toContain('1 certificate(s) deactivated');
    expect(world.cloud.deeds).toEqual(['end code acme_lab', 'cut off acme_lab', 'forget acme_lab']);
    expect([...world.cloud.secretValues.keys()]).toEqual(['/pf/acme/odoo']);
    expect(world.fleet()).toBe(fleetText.replace('      lab: { odoo: { login: lab_user } }\n', ''));
  });

  it('keeps the file as it is when AWS fails or nobody says yes', async () => {
    const world = new OperatorWorld();
    world.isTTY = true;
    world.input = ['n'];
    expect((await world.run('remove', 'pbx', 'acme/hq')).code).toBe(1);
    expect(world.asked[0]).toContain('its agent is cut off at once');
    world.cloud.identities.cutOff = async () => {
      throw new Error('no');
    };
    expect((await world.run('remove', 'pbx', 'acme/hq', '--yes')).code).toBe(1);
    expect(world.fleet()).toBe(fleetText);
    expect(readdirSync(world.folder)).toEqual(['fleet.yaml']);
  });

  it('touches no AWS with --file-only', async () => {
    const world = new OperatorWorld();
    world.connect = async () => {
      throw new Error('no AWS');
    };
    expect((await world.run('remove', 'pbx', 'acme/hq', '--file-only', '--yes')).code).toBe(0);
    expect(world.fleet()).not.toContain('hq:');
  });

  it('needs --yes where nobody can answer', async () => {
    const world = new OperatorWorld();
    const { code, stderr } = await world.run('remove', 'pbx', 'acme/hq');
    expect(code).toBe(2);
    expect(stderr).toContain('say --yes');
    expect(world.cloud.deeds).toEqual([]);
  });
});

describe('remove tenant', () => {
  it('says what will happen, then does it for this tenant alone', async () => {
    const world = new OperatorWorld();
    world.cloud.things.set('acme_hq', [enrolled]);
    world.cloud.stack('pf-tenant-acme');
    for (const name of ['/pf/acme/odoo', '/pf/acme/lab/odoo', '/pf/acme-2/odoo', '/pf/beta/odoo']) {
      world.cloud.secretValues.set(name, 'x');
    }
    const { code, stderr, stdout } = await world.run('remove', 'tenant', 'acme', '--yes');
    expect(code).toBe(0);
    expect(stderr).toContain('deactivate and detach the certificates of 2 PBX(s)');
    expect(stdout).toContain('the stack pf-tenant-acme is deleted');
    expect(world.cloud.deeds.at(-1)).toBe('delete stack pf-tenant-acme');
    expect([...world.cloud.secretValues.keys()]).toEqual(['/pf/acme-2/odoo', '/pf/beta/odoo']);
    expect(world.fleet()).not.toContain('acme');
  });
});
