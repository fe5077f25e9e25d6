import { describe, expect, it } from 'vitest';
import { agentStatus } from '#test/support/agent-statuses.ts';
import { OperatorWorld } from '#test/support/operator-world.ts';

const now = 1_800_000_000;

interface Report {
  healthy: boolean;
  checks: { name: string; state: string; message: string; next?: string }[];
}

function wellWorld(): OperatorWorld {
  const world = new OperatorWorld();
  const { cloud } = world;
  for (const stack of ['platform', 'api', 'tenant-acme', 'tenant-beta']) cloud.stack(`pf-${stack}`);
  for (const table of ['pbx', 'jobs', 'sessions']) cloud.tableStates.set(`pf-${table}`, 'ACTIVE');
  for (const pbx of ['acme_hq', 'acme_lab', 'beta_main']) {
    cloud.row(pbx, {
      lastSeen: now - 20,
      status: agentStatus(pbx, now - 20),
      certificateId: 'c',
      keyHashes: ['a'.repeat(64)],
    });
    cloud.queue(`pf-jobs-${pbx}`);
    cloud.things.set(pbx, [{ id: 'c', arn: 'arn', status: 'ACTIVE', policies: ['pf-agent'] }]);
  }
  for (const tenant of ['acme', 'beta']) {
    cloud.secretValues.set(`/pf/${tenant}/odoo`, 'x');
    for (const queue of [`inbox-${tenant}.fifo`, `parked-${tenant}.fifo`, `undelivered-${tenant}`]) {
      cloud.queue(`pf-${queue}`);
    }
  }
  cloud.secretValues.set('/pf/acme/lab/odoo', 'x');
  return world;
}

const bad = async (world: OperatorWorld, ...args: string[]) =>
  (await world.json<Report>('doctor', ...args)).checks.filter(({ state }) => state !== 'ok');

describe('doctor', () => {
  it('finds nothing in a fleet that is well', async () => {
    const world = wellWorld();
    const { code, stdout } = await world.run('doctor');
    expect(stdout).toContain(
      'ok    account: 123456789012 in eu-central-1, as arn:aws:iam::123456789012:user/op',
    );
    expect(stdout).toMatch(/0 to look at, 0 failed\n$/);
    expect(code).toBe(0);
  });

  it.each<[string, (world: OperatorWorld) => void, object]>([
    [
      'a stack that rolled back',
      ({ cloud }) => cloud.stack('pf-tenant-acme', { status: 'UPDATE_ROLLBACK_COMPLETE' }),
      { state: 'fail', name: 'stack pf-tenant-acme' },
    ],
    [
      'a stack under way',
      ({ cloud }) => cloud.stack('pf-api', { status: 'UPDATE_IN_PROGRESS' }),
      { state: 'warn', name: 'stack pf-api' },
    ],
    [
      'a stack of a stranger',
      ({ cloud }) => cloud.stack('pf-tenant-old'),
      { state: 'warn', name: 'stack pf-tenant-old' },
    ],
    [
      'a table that is gone',
      ({ cloud }) => cloud.tableStates.delete('pf-jobs'),
      { state: 'fail', name: 'table pf-jobs' },
    ],
    [
      'a queue that is gone',
      ({ cloud }) => cloud.queueStates.delete('pf-jobs-acme_hq'),
      { state: 'fail', next: 'odoopbx deploy acme' },
    ],
    [
      'a secret that is not set',
      ({ cloud }) => cloud.secretValues.delete('/pf/acme/lab/odoo'),
      { state: 'fail', next: 'odoopbx secret set acme/lab' },
    ],
    [
      'a thing that is gone',
      ({ cloud }) => cloud.things.delete('acme_hq'),
      { state: 'fail', name: 'thing acme_hq' },
    ],
    [
      'a certificate that is inactive',
      ({ cloud }) =>
        cloud.things.set('acme_hq', [{ id: 'c', arn: 'a', status: 'INACTIVE', policies: ['pf-agent'] }]),
      { state: 'fail', next: 'odoopbx invite acme/hq' },
    ],
    [
      'a certificate without the policy',
      ({ cloud }) => cloud.things.set('acme_hq', [{ id: 'c', arn: 'a', status: 'ACTIVE', policies: [] }]),
      { state: 'fail', message: 'its certificate lacks the policy pf-agent' },
    ],
    [
      'an alarm that rings',
      ({ cloud }) => void cloud.ringing.push({ name: 'pf-acme-errors', reason: 'threshold crossed' }),
      { state: 'fail', message: 'threshold crossed' },
    ],
    [
      'an agent of another version',
      ({ cloud }) =>
        cloud.row('acme_hq', {
          ...cloud.rows.get('acme_hq'),
          status: agentStatus('acme_hq', now, { agentVersion: '0.0.9' }),
        }),
      { state: 'warn', message: 'runs version 0.0.9, this is 0.1.0' },
    ],
    [
      'an agent whose clock is ahead',
      ({ cloud }) =>
        cloud.row('acme_hq', { ...cloud.rows.get('acme_hq'), status: agentStatus('acme_hq', now + 300) }),
      { state: 'warn', message: 'its clock is 5 min ahead' },
    ],
    [
      'a silent agent',
      ({ cloud }) =>
        cloud.row('acme_hq', {
          ...cloud.rows.get('acme_hq'),
          lastSeen: now - 600,
          status: agentStatus('acme_hq', now - 600),
        }),
      { state: 'fail', message: 'agent silent for 10 min' },
    ],
    [
      'a PBX without a door key',
      ({ cloud }) => cloud.row('acme_hq', { ...cloud.rows.get('acme_hq'), keyHashes: [] }),
      { state: 'warn', next: 'odoopbx key rotate acme/hq' },
    ],
    [
      'an operator whose clock is behind',
      (world) => void (world.now -= 600_000),
      { state: 'warn', name: 'clock' },
    ],
  ])('finds %s', async (_, change, expected) => {
    const world = wellWorld();
    change(world);
    expect(await bad(world)).toEqual([expect.objectContaining(expected)]);
  });

  it('exits with 3 when something fails, and looks at one PBX alone when asked', async () => {
    const world = wellWorld();
    world.cloud.things.delete('acme_hq');
    expect((await world.run('doctor')).code).toBe(3);
    expect((await world.run('doctor', 'acme/lab')).code).toBe(0);
    expect((await world.run('doctor', 'acme')).stdout).not.toContain('beta');
  });

  it('goes on where one service may not be read, and says so where none may', async () => {
    const world = wellWorld();
    world.cloud.alarms.ringing = async () => {
      const message = 'User: x is not authorized to perform: cloudwatch:DescribeAlarms on resource: *';
      throw Object.assign(new Error(message), { name: 'AccessDenied', $metadata: {} });
    };
    expect(await bad(world)).toEqual([
      {
        name: 'alarms',
        state: 'fail',
        message: 'access denied: your credentials may not do cloudwatch:DescribeAlarms on *',
      },
    ]);
    world.connect = async () => {
      throw Object.assign(new Error('none'), { name: 'CredentialsProviderError' });
    };
    const { code, stdout } = await world.run('doctor');
    expect(code).toBe(3);
    expect(stdout).toContain('fail  account: there are no AWS credentials');
  });
});
