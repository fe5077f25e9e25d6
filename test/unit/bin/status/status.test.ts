import { describe, expect, it } from 'vitest';
import { judgePbx } from '#bin/odoopbx/status/judge-pbx.ts';
import { agentStatus } from '#test/support/agent-statuses.ts';
import { FakeCloud } from '#test/support/fake-cloud.ts';
import { OperatorWorld } from '#test/support/operator-world.ts';

const now = 1_800_000_000;

/** The three PBXs of the test's fleet, all well. */
function wellWorld(): OperatorWorld {
  const world = new OperatorWorld();
  for (const pbx of ['acme_hq', 'acme_lab', 'beta_main']) {
    // The PBX's clock is 5 s slow.
    const status = agentStatus(pbx, now - 25, { lastEventAt: now - 125 });
    world.cloud.row(pbx, { lastSeen: now - 20, status, certificateId: 'c' });
    world.cloud.queue(`pf-jobs-${pbx}`);
  }
  for (const tenant of ['acme', 'beta']) {
    for (const queue of [`inbox-${tenant}.fifo`, `parked-${tenant}.fifo`, `undelivered-${tenant}`]) {
      world.cloud.queue(`pf-${queue}`);
    }
  }
  return world;
}

const message = (id: string) => ({ id, body: '{}', receipt: id, attributes: {} });

describe('status', () => {
  it('shows a fleet that is well', async () => {
    const { code, stdout } = await wellWorld().run('status');
    expect(code).toBe(0);
    const table = stdout.split('\n');
    expect(table[0]).toBe(
      'PBX        AGENT   VERSION  AMI        ASTERISK  SPOOL  OLDEST  JOBS  LAST EVENT  NOTES',
    );
    expect(table[1]).toBe('acme/hq    online  0.1.0    connected  22.10.1       0       -     0   2 min ago');
    expect(stdout).toContain('beta        0       -       0            0  20 s ago');
    expect(stdout).toContain('All is well: 3 PBXs, 2 tenants.');
  });

  it('exits with 3 and says for each what is wrong and what to do', async () => {
    const world = wellWorld();
    world.cloud.row('acme_hq', {
      lastSeen: now - 400,
      status: agentStatus('acme_hq', now - 400),
      certificateId: 'c',
    });
    world.cloud.row('acme_lab', {});
    world.cloud.queue('pf-inbox-beta.fifo').messages.push(message('1'), message('2'));
    world.cloud.queue('pf-parked-acme.fifo').messages.push(message('3'));
    world.cloud.ages.set('pf-inbox-beta.fifo', 1000);
    const { code, stdout } = await world.run('status');
    expect(code).toBe(3);
    expect(stdout.slice(stdout.indexOf('4 not well:'))).toBe(`4 not well:
  acme/hq: agent silent for 6 min: on the PBX, systemctl status odoopbx-agent@acme_hq
  acme/lab: no agent yet: odoopbx invite acme/lab
  acme: 1 parked, Odoo could not take them: odoopbx redrive acme --dry-run
  beta: 2 messages wait in the inbox, the oldest for 16 min: is its Odoo up?
`);
    expect((await world.run('status', 'beta')).stdout).not.toContain('acme');
    const json = await world.json<{ healthy: boolean; pbxs: { pbx: string; agent: string }[] }>('status');
    expect(json.healthy).toBe(false);
    expect(json.pbxs.map(({ agent }) => agent)).toEqual(['silent', 'not enrolled', 'online']);
  });

  it('watches until Ctrl-C', async () => {
    const world = wellWorld();
    let sleeps = 0;
    world.onSleep = (interrupt) => {
      sleeps += 1;
      world.cloud.rows.delete('acme_hq');
      if (sleeps === 2) interrupt();
    };
    const { code, stdout } = await world.run('--json', 'status', '--watch', '5');
    expect(code).toBe(3);
    expect(
      stdout
        .trim()
        .split('\n')
        .map((line) => (JSON.parse(line) as { healthy: boolean }).healthy),
    ).toEqual([true, false]);
    expect((await world.run('status', '--watch', '0')).code).toBe(2);
  });

  it('reads 200 tenants with 5 PBXs each, at most 64 requests at a time', async () => {
    const pbxs = '{ a: {}, b: {}, c: {}, d: {}, e: {} }';
    const odoo = '{ url: https://x.example.com, db: x, login: x }';
    const tenants = Array.from({ length: 200 }, (_, n) => `  t${n}: { odoo: ${odoo}, pbxs: ${pbxs} }\n`).join(
      '',
    );
    const world = new OperatorWorld(`platform: { name: pf, region: eu-west-1 }\ntenants:\n${tenants}`);
    const { pbxs: states } = await world.json<{ pbxs: unknown[] }>('status');
    expect(states).toHaveLength(1000);
    expect(world.cloud.busiest).toBeGreaterThan(8);
    expect(world.cloud.busiest).toBeLessThanOrEqual(64);
  });
});

describe('judgePbx', () => {
  const row = (changes: Parameters<typeof agentStatus>[2]) => {
    const cloud = new FakeCloud();
    cloud.row('acme_hq', { lastSeen: now, status: agentStatus('acme_hq', now, changes), certificateId: 'c' });
    return cloud.rows.get('acme_hq');
  };

  it('finds a broken link to Asterisk and a spool that does not empty', () => {
    const ami = { state: 'refused' as const, since: now, asteriskVersion: null, error: 'bad secret' };
    expect(judgePbx('acme_hq', row({ ami }), 0, now).problems).toEqual(['AMI refused: bad secret']);
    const spool = { items: 7, bytes: 9, oldestAt: now - 301 };
    expect(judgePbx('acme_hq', row({ spool }), 0, now).problems).toEqual([
      '7 events wait in the spool, the oldest for 5 min',
    ]);
    expect(judgePbx('acme_hq', row({ spool: { ...spool, oldestAt: now - 300 } }), 0, now).problems).toEqual(
      [],
    );
  });

  it('tells an agent that never reported from one that was never enrolled', () => {
    const cloud = new FakeCloud();
    cloud.row('enrolled', { certificateId: 'c' });
    cloud.row('invited', { openCode: 'code#1' });
    const agent = (pbx: string) => judgePbx(pbx, cloud.rows.get(pbx), 0, now).agent;
    expect([agent('enrolled'), agent('invited'), agent('stranger')]).toEqual([
      'waiting',
      'invited',
      'not enrolled',
    ]);
    expect(judgePbx('acme_hq', undefined, null, now).problems).toEqual(['not deployed: odoopbx deploy acme']);
  });

  it('takes an agent for silent after the three minutes that the door allows', () => {
    const cloud = new FakeCloud();
    cloud.row('acme_hq', { lastSeen: now - 180 });
    expect(judgePbx('acme_hq', cloud.rows.get('acme_hq'), 0, now).agent).toBe('online');
    expect(judgePbx('acme_hq', cloud.rows.get('acme_hq'), 0, now + 1).agent).toBe('silent');
  });
});
