import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { OperatorWorld } from '#test/support/operator-world.ts';

const hash = (letter: string) => letter.repeat(64);

describe('key', () => {
  it('prints a new key once and keeps its hash alone', async () => {
    const world = new OperatorWorld();
    world.cloud.row('acme_hq', { keyHashes: [hash('a')] });
    const { code, stdout } = await world.run('key', 'rotate', 'acme/hq');
    const key = stdout.trim();
    expect(code).toBe(0);
    expect(Buffer.from(key, 'base64url')).toHaveLength(32);
    expect(world.cloud.rows.get('acme_hq')?.keyHashes).toEqual([
      hash('a'),
      createHash('sha256').update(key).digest('hex'),
    ]);
    expect((await world.run('key', 'list', 'acme/hq')).stdout).not.toContain(key);
  });

  it('asks before a third key ends the oldest', async () => {
    const world = new OperatorWorld();
    world.cloud.row('acme_hq', { keyHashes: [hash('a'), hash('b')] });
    expect((await world.run('key', 'rotate', 'acme/hq')).code).toBe(2);
    expect(world.cloud.rows.get('acme_hq')?.keyHashes).toEqual([hash('a'), hash('b')]);
    expect(await world.json('key', 'rotate', 'acme/hq', '--yes')).toMatchObject({
      valid: 2,
      ended: ['aaaaaaaaaaaa'],
    });
  });

  it('accepts a key that Odoo made by its hash, and asks before a third ends the oldest', async () => {
    const world = new OperatorWorld();
    world.cloud.row('acme_hq', { keyHashes: [hash('a')] });
    for (const wrong of ['', 'b', hash('g'), `${hash('b')}b`]) {
      expect((await world.run('key', 'add', 'acme/hq', wrong)).code).not.toBe(0);
    }
    expect(await world.json('key', 'add', 'acme/hq', hash('B'))).toMatchObject({ valid: 2, ended: [] });
    expect(world.cloud.rows.get('acme_hq')?.keyHashes).toEqual([hash('a'), hash('b')]);
    expect((await world.run('key', 'add', 'acme/hq', hash('c'))).code).toBe(2);
    expect(await world.json('key', 'add', 'acme/hq', hash('b'))).toMatchObject({ valid: 2, ended: [] });
    expect(await world.json('key', 'add', 'acme/hq', hash('c'), '--yes')).toMatchObject({ valid: 2 });
  });

  it('removes the one that is meant, never by a guess', async () => {
    const world = new OperatorWorld();
    world.cloud.row('acme_hq', { keyHashes: [hash('a'), hash('b')] });
    for (const wrong of ['a', 'cccccc', '']) {
      expect((await world.run('key', 'remove', 'acme/hq', wrong, '--yes')).code).toBe(2);
    }
    expect((await world.run('key', 'remove', 'acme/hq', 'aaaaaaaaaaaa', '--yes')).code).toBe(0);
    expect(world.cloud.rows.get('acme_hq')?.keyHashes).toEqual([hash('b')]);
  });
});

describe('unpin and revoke', () => {
  it('names the database that was pinned', async () => {
    const world = new OperatorWorld();
    world.cloud.row('acme_hq', { instanceUid: 'old-db' });
    expect(await world.json('unpin', 'acme/hq', '--yes')).toMatchObject({ unpinned: 'old-db' });
    expect(world.cloud.rows.get('acme_hq')?.instanceUid).toBeNull();
    expect(await world.json('unpin', 'acme/hq')).toMatchObject({ unpinned: null });
  });

  it('ends the code first, then the certificate, and says how to come back', async () => {
    const world = new OperatorWorld();
    world.cloud.things.set('acme_hq', [{ id: 'c1', arn: 'arn', status: 'ACTIVE', policies: [] }]);
    world.cloud.row('acme_hq', { certificateId: 'c1', lastSeen: 5, keyHashes: [hash('a')] });
    const { stdout } = await world.run('revoke', 'acme/hq', '--yes');
    expect(stdout).toContain('odoopbx invite acme/hq');
    expect(world.cloud.deeds).toEqual(['end code acme_hq', 'cut off acme_hq']);
    expect(world.cloud.rows.get('acme_hq')).toMatchObject({ lastSeen: null, keyHashes: [hash('a')] });
  });
});

describe('secret set', () => {
  it('reads standard input, without the line end that echo and files add', async () => {
    const world = new OperatorWorld();
    world.input = ['hunter2', ''];
    const ran = await world.run('secret', 'set', 'acme');
    expect(ran.code).toBe(0);
    expect(world.cloud.secretValues.get('/pf/acme/odoo')).toBe('hunter2');
    expect(ran.stdout + ran.stderr).not.toContain('hunter2');
  });

  it('asks on a terminal, hidden', async () => {
    const world = new OperatorWorld();
    world.isTTY = true;
    world.input = ['hunter2'];
    const ran = await world.run('secret', 'set', 'acme/lab');
    expect(world.asked).toEqual(['Password or API key of lab_user (acme/lab): ']);
    expect(world.cloud.secretValues.get('/pf/acme/lab/odoo')).toBe('hunter2');
    expect(ran.stdout + ran.stderr).not.toContain('hunter2');
  });

  it('takes no secret as an argument, no empty one, and none that nobody would read', async () => {
    const world = new OperatorWorld();
    const argument = await world.run('secret', 'set', 'acme', 'hunter2');
    expect(argument.code).toBe(2);
    expect(argument.stderr).not.toContain('hunter2');
    expect((await world.run('secret', 'set', 'acme')).stderr).toContain('is empty');
    world.input = ['hunter2'];
    expect((await world.run('secret', 'set', 'acme/hq')).stderr).toContain("uses the tenant's user pbx");
    world.input = ['two', 'lines'];
    expect((await world.run('secret', 'set', 'acme')).stderr).toContain('must be one line');
    world.input = ['x'.repeat(4097)];
    expect((await world.run('secret', 'set', 'acme')).stderr).toContain('at most 4096 bytes');
    expect(world.cloud.secretValues.size).toBe(0);
  });

  it('lists what is set, what is missing and what fleet.yaml does not know', async () => {
    const world = new OperatorWorld();
    world.cloud.secretValues.set('/pf/acme/odoo', 'x').set('/pf/gone/odoo', 'x');
    const { stdout } = await world.run('secret', 'list');
    expect(stdout).toMatch(/\/pf\/acme\/odoo +16 min old\n/);
    expect(stdout).toMatch(/\/pf\/acme\/lab\/odoo +missing\n/);
    expect(stdout).toMatch(/\/pf\/gone\/odoo +16 min old +not in fleet\.yaml\n/);
  });
});
