import { describe, expect, it } from 'vitest';
import { OdoopbxError } from '#core/errors/odoopbx-error.ts';
import { createRouteMemory } from '#lambdas/route-events/route-memory.ts';
import { agentStatus } from '#test/support/agent-statuses.ts';
import { createFakeOdoo } from '#test/support/fake-odoo-target.ts';
import { manualClock } from '#test/support/manual-clock.ts';
import { batchMessage, busMessage, routeBench } from '#test/support/route-fixtures.ts';

const refused = new OdoopbxError('ODOO_AUTHENTICATION', 'Odoo refused the login', { retryable: true });
const timeout = new OdoopbxError('ODOO_TIMEOUT', 'no answer within 60 s', { retryable: true });

/** acme_hq and acme_lab with the tenant's login, acme_shop with one of its own, all on one server. */
function tenant() {
  const clock = manualClock();
  const main = createFakeOdoo(clock);
  const shop = createFakeOdoo(clock, undefined, { ownLogin: true });
  const memory = createRouteMemory();
  const bench = routeBench({
    clock,
    memory,
    odooFor: (pbx) => (pbx === 'acme_shop' ? shop : main),
    admits: (pbx) => pbx.startsWith('acme_'),
  });
  return { ...bench, clock, main, shop };
}

const order = ['acme_shop', 'acme_hq', 'acme_lab'];
const oneOfEach = (receiveCount = 1) => order.map((pbx) => batchMessage([1], { pbx, receiveCount }));

describe('stops', () => {
  it('lets the other PBXs go on when the login of one is refused', async () => {
    const { route, main, shop } = tenant();
    shop.down = refused;
    const outcomes = await route([...oneOfEach(), batchMessage([2], { pbx: 'acme_shop' })]);
    expect(outcomes).toMatchObject([
      { outcome: 'retry', code: 'ODOO_AUTHENTICATION' },
      { outcome: 'done' },
      { outcome: 'done' },
      { outcome: 'retry', code: 'ODOO_AUTHENTICATION' },
    ]);
    expect(main.batches.map(({ pbx }) => pbx)).toEqual(['acme_hq', 'acme_lab']);
  });

  it('holds the message group back for seconds only, while others could go on', async () => {
    const { route, shop } = tenant();
    shop.down = refused;
    const [first] = await route([batchMessage([1], { pbx: 'acme_shop', receiveCount: 8 })]);
    expect(first).toMatchObject({ outcome: 'retry', afterSeconds: 15 });
  });

  it('asks a server that does not answer once, not once for each PBX and login', async () => {
    const { route, main, shop, counts } = tenant();
    shop.down = timeout;
    const outcomes = await route(oneOfEach(4));
    expect(outcomes.map((outcome) => 'afterSeconds' in outcome && outcome.afterSeconds)).toEqual([
      40, 40, 40,
    ]);
    expect(main.batches).toHaveLength(0);
    expect(counts.get('odoo.retry')).toBe(1);
  });

  it('asks it once for statuses too', async () => {
    const { route, main, shop, clock } = tenant();
    const status = (pbx: string) =>
      busMessage('agent.status.v1', agentStatus(pbx, clock.now() / 1000), { pbx });
    shop.down = timeout;
    main.down = timeout;
    const outcomes = await route([status('acme_hq'), status('acme_lab'), status('acme_shop')]);
    expect(outcomes.map(({ outcome }) => outcome)).toEqual(['done', 'done', 'done']);
    expect(main.reads + shop.reads).toBe(1);
  });

  it('goes on with other servers', async () => {
    const clock = manualClock();
    const dead = createFakeOdoo(clock, undefined, { server: 'https://one.example.com' });
    const alive = createFakeOdoo(clock, undefined, { server: 'https://two.example.com' });
    dead.down = timeout;
    const { route } = routeBench({ clock, odooFor: (pbx) => (pbx === 'acme_hq' ? dead : alive) });
    const outcomes = await route([batchMessage([1]), batchMessage([1], { pbx: 'acme_lab' })]);
    expect(outcomes.map(({ outcome }) => outcome)).toEqual(['retry', 'done']);
  });

  it('parks what a refused login of one PBX would hold up, after minutes', async () => {
    const { route, shop, clock } = tenant();
    shop.down = refused;
    const message = batchMessage([1, 2], { pbx: 'acme_shop' });
    expect(await route([message])).toMatchObject([{ outcome: 'retry' }]);
    clock.advance(119_000);
    expect(await route([message])).toMatchObject([{ outcome: 'retry' }]);
    clock.advance(2000);
    const [outcome, other] = await route([message, batchMessage([1])]);
    expect(outcome).toEqual({
      id: message.id,
      outcome: 'parked',
      parked: [
        {
          source: 'pbx.acme_shop',
          detailType: 'ami.batch.v1',
          detail: message.event.detail,
          code: 'ODOO_AUTHENTICATION',
          message: 'Odoo refused the login',
        },
      ],
    });
    expect(other).toMatchObject({ outcome: 'done' });
    // Put right: the next one is delivered, and a later refusal has its minutes again.
    shop.down = undefined;
    expect(await route([batchMessage([3], { pbx: 'acme_shop' })])).toMatchObject([{ outcome: 'done' }]);
    shop.down = refused;
    expect(await route([batchMessage([4], { pbx: 'acme_shop' })])).toMatchObject([{ outcome: 'retry' }]);
  });

  it("lets everything wait while the tenant's login is refused", async () => {
    const { route, main, clock } = tenant();
    main.down = refused;
    await route([batchMessage([1])]);
    clock.advance(3_600_000);
    expect(await route([batchMessage([1], { receiveCount: 40 })])).toMatchObject([
      { outcome: 'retry', afterSeconds: 900 },
    ]);
  });

  it('takes no message of another tenant', async () => {
    const { route, counts } = tenant();
    const [outcome] = await route([batchMessage([1], { pbx: 'beta_hq' })]);
    expect(outcome).toMatchObject({ outcome: 'parked', parked: [{ code: 'MESSAGE_SOURCE_MISMATCH' }] });
    expect(counts.get('message.sourceMismatch')).toBe(1);
  });
});
