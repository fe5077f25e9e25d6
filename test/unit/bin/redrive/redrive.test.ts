import { describe, expect, it } from 'vitest';
import { OperatorWorld } from '#test/support/operator-world.ts';

const parked = (id: string, message: string) => ({
  id,
  receipt: id,
  body: JSON.stringify({ source: 'pbx.acme_hq', 'detail-type': 'ami.batch.v1', detail: { n: id } }),
  attributes: { code: 'ODOO_METHOD_RAISED', message },
});
const undelivered = (id: string) => ({
  ...parked(id, ''),
  attributes: { ERROR_CODE: 'NO_PERMISSIONS', ERROR_MESSAGE: 'denied', RULE_ARN: 'arn' },
});

function worldWith(count: number): OperatorWorld {
  const world = new OperatorWorld();
  const { cloud } = world;
  cloud.queue('pf-inbox-acme.fifo');
  cloud.queue('pf-parked-acme.fifo');
  cloud.queue('pf-undelivered-acme').messages.push(undelivered('u1'));
  for (let n = 1; n <= count; n += 1)
    cloud.queue('pf-parked-acme.fifo').messages.push(parked(`p${n}`, 'KeyError'));
  return world;
}

const inbox = (world: OperatorWorld) => world.cloud.queue('pf-inbox-acme.fifo').messages;

describe('redrive', () => {
  it('shows what lies there and leaves it there', async () => {
    const world = worldWith(3);
    const { code, stdout } = await world.run('redrive', 'acme', '--dry-run');
    expect(code).toBe(0);
    expect(stdout).toBe(`COUNT  FROM         CODE                WHAT          WHY
3      parked       ODOO_METHOD_RAISED  ami.batch.v1  KeyError
1      undelivered  NO_PERMISSIONS      ami.batch.v1  denied
`);
    expect(world.cloud.deeds).toEqual([]);
    expect(world.cloud.queue('pf-parked-acme.fifo')).toMatchObject({
      messages: { length: 3 },
      held: new Set(),
    });
  });

  it('puts everything back under the message group of the rule, the body as it was', async () => {
    const world = worldWith(12);
    expect(await world.json('redrive', 'acme', '--yes')).toMatchObject({
      moved: 13,
      lying: { parked: 12, undelivered: 1 },
    });
    expect(inbox(world)).toHaveLength(13);
    expect(inbox(world)[1]).toMatchObject({
      body: parked('p1', '').body,
      groupId: 'group-of-pf-inbox-acme',
      dedupId: 'redrive-p1',
    });
    expect(world.cloud.queue('pf-parked-acme.fifo').messages).toEqual([]);
  });

  it('takes one DLQ alone, and no more than was asked for', async () => {
    const world = worldWith(12);
    expect(await world.json('redrive', 'acme', '--from', 'parked', '--max', '11', '--yes')).toMatchObject({
      moved: 11,
    });
    expect(world.cloud.queue('pf-parked-acme.fifo')).toMatchObject({
      messages: [{ id: 'p12' }],
      held: new Set(),
    });
    expect(world.cloud.queue('pf-undelivered-acme').messages).toHaveLength(1);
    expect((await world.run('redrive', 'acme', '--from', 'inbox')).code).toBe(2);
  });

  it('sends the same message once, when it died between sending and deleting', async () => {
    const world = worldWith(1);
    const { queues } = world.cloud;
    const remove = queues.delete;
    queues.delete = async () => {
      throw new Error('gone');
    };
    expect((await world.run('redrive', 'acme', '--from', 'parked', '--yes')).code).toBe(1);
    queues.delete = remove;
    world.cloud.queue('pf-parked-acme.fifo').held.clear();
    expect(await world.json('redrive', 'acme', '--from', 'parked', '--yes')).toMatchObject({ moved: 1 });
    expect(inbox(world)).toHaveLength(1);
  });

  it('does not go round with what fails again', async () => {
    const world = worldWith(2);
    const { queues } = world.cloud;
    const send = queues.sendFifo;
    let again = 0;
    queues.sendFifo = async (queue, message) => {
      await send(queue, message);
      again += 1;
      world.cloud.queue('pf-parked-acme.fifo').messages.push(parked(`again${again}`, 'KeyError'));
    };
    expect(await world.json('redrive', 'acme', '--from', 'parked', '--yes')).toMatchObject({ moved: 2 });
  });

  it('asks first, and needs --yes where nobody can answer', async () => {
    const world = worldWith(1);
    expect((await world.run('redrive', 'acme')).code).toBe(2);
    world.isTTY = true;
    world.input = ['n'];
    expect((await world.run('redrive', 'acme')).code).toBe(1);
    expect(world.asked).toEqual(["Put them back into acme's inbox? [y/N] "]);
    expect(world.cloud.deeds).toEqual([]);
  });

  it('says so when nothing lies there, or there is no such queue', async () => {
    const world = worldWith(0);
    world.cloud.queue('pf-undelivered-acme').messages.length = 0;
    expect(await world.run('redrive', 'acme')).toMatchObject({
      code: 0,
      stdout: "Nothing lies in acme's DLQs.\n",
    });
    expect((await world.run('redrive', 'beta')).stderr).toContain('NOT_DEPLOYED');
  });
});
