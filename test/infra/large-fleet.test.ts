import { expect, test } from 'vitest';
import { fleetSchema } from '#core/fleet/fleet.ts';
import { synthFleet } from './synth-fleet.ts';

const count = (amount: number, name: string) =>
  Array.from({ length: amount }, (_, index) => `${name}-${index}`);

/* Without cdk-nag, which takes most of the time; its findings do not depend on how many tenants there are. */
test(
  '200 tenants with 5 PBXs each: every stack far from what CloudFormation takes',
  { timeout: 120_000 },
  () => {
    const fleet = fleetSchema.parse({
      platform: { region: 'eu-central-1' },
      tenants: Object.fromEntries(
        count(200, 'customer').map((tenant) => {
          const odoo = { url: `https://${tenant}.example`, db: tenant, login: 'pbx' };
          return [tenant, { odoo, pbxs: Object.fromEntries(count(5, 'site').map((name) => [name, null])) }];
        }),
      ),
    });
    const { templates } = synthFleet(fleet, { checks: false });
    expect(templates.size).toBe(202);
    const sizes = [...templates].map(
      ([stack, template]) => [stack, Object.keys(template.Resources).length] as const,
    );
    expect(sizes.filter(([, size]) => size > 400)).toEqual([]);
    // The platform and the API do not grow with the tenants.
    expect(Object.fromEntries(sizes)).toMatchObject({ 'odoopbx-platform': 33, 'odoopbx-api': 46 });
  },
);

test('a tenant of 90 PBXs still fits into a stack', () => {
  const odoo = { url: 'https://a.example', db: 'a', login: 'pbx' };
  const pbxs = Object.fromEntries(count(90, 'site').map((name) => [name, null]));
  const fleet = fleetSchema.parse({
    platform: { region: 'eu-central-1' },
    tenants: { acme: { odoo, pbxs } },
  });
  const template = synthFleet(fleet, { checks: false }).templates.get('odoopbx-tenant-acme');
  expect(Object.keys(template!.Resources).length).toBeLessThanOrEqual(400);
});
