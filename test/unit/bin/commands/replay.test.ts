import { describe, expect, it } from 'vitest';
import { OperatorWorld } from '#test/support/operator-world.ts';

const span = ['--from', '2027-01-14T08:00Z', '--to', '2027-01-14T10:00+01:00'];
const running = { status: 'RUNNING', reason: undefined, reachedAt: Date.parse('2027-01-14T08:30Z') };
const completed = { ...running, status: 'COMPLETED' };

describe('replay', () => {
  it('follows the replay of one tenant to its end', async () => {
    const world = new OperatorWorld();
    world.isTTY = true;
    world.cloud.replayStates.push(running, running, completed);
    world.input = ['y'];
    const { code, stdout, stderr } = await world.run('replay', 'acme', ...span);
    expect(code).toBe(0);
    expect(world.cloud.deeds).toEqual([
      'replay pf-inbox-acme 2027-01-14T08:00:00.000Z 2027-01-14T09:00:00.000Z',
    ]);
    expect(world.asked[0]).toContain('With the addon nothing is done twice');
    expect(stderr).toContain('running, 50 %');
    expect(stdout).toMatch(/^Replay pf-acme-\d+: completed\.\n$/);
  });

  it('cancels on Ctrl-C when that is wanted, else leaves it running', async () => {
    for (const [answer, status, code] of [
      ['y', 'CANCELLED', 1],
      ['n', 'RUNNING', 0],
    ] as const) {
      const world = new OperatorWorld();
      world.isTTY = true;
      world.cloud.replayStates.push(running);
      world.onSleep = (interrupt) => interrupt();
      world.input = [answer];
      const ran = await world.run('replay', 'acme', ...span, '--yes');
      expect(ran).toMatchObject({ code, stdout: expect.stringContaining(status.toLowerCase()) as string });
      expect(world.cloud.deeds.includes('cancel pf-acme-N')).toBe(answer === 'y');
    }
  });

  it('tells why it failed', async () => {
    const world = new OperatorWorld();
    world.cloud.replayStates.push({ status: 'FAILED', reason: 'archive gone', reachedAt: undefined });
    expect((await world.run('replay', 'acme', ...span, '--yes')).stderr).toContain(
      'archive gone (REPLAY_FAILED)',
    );
    world.cloud.replayStates.length = 0;
    expect((await world.run('replay', 'acme', ...span, '--yes')).stderr).toContain('NOT_DEPLOYED');
  });

  it.each([
    ['2027-01-14T08:00', '2027-01-14T09:00Z', '--from must be a time with its offset'],
    ['yesterday', '2027-01-14T09:00Z', '--from must be a time'],
    ['2027-01-14T10:00Z', '2027-01-14T09:00Z', '--from must be before --to'],
    ['2027-01-14T10:00Z', '2027-01-15T09:00Z', '--to must not be in the future'],
    ['2026-12-31T10:00Z', '2027-01-15T07:00Z', "within the archive's 14 days"],
  ])('refuses %s to %s', async (from, to, why) => {
    const { code, stderr } = await new OperatorWorld().run(
      'replay',
      'acme',
      '--from',
      from,
      '--to',
      to,
      '--yes',
    );
    expect(code).toBe(2);
    expect(stderr).toContain(why);
  });
});
