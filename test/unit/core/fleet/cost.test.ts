import { describe, expect, test } from 'vitest';
import { defaultCostInput, fleetCost, type CostInput } from '#core/fleet/cost.ts';

const cost = (input: Partial<CostInput>) =>
  fleetCost({ ...defaultCostInput, events: 0, pbxs: 0, tenants: 0, ...input });

describe('the cost of events', () => {
  const million = { events: 1e6, bytesPerEvent: 1000, messagesPerInvocation: 10 };

  test('one event in an entry of the bus: about two dollars for a million', () => {
    const { perMillionEvents } = cost({ ...million, eventsPerEntry: 1 });
    expect(perMillionEvents).toBeGreaterThan(2.1);
    expect(perMillionEvents).toBeLessThan(2.6);
  });

  test('twenty in an entry: a dollar in eight cents and more of archive', () => {
    const { perMillionEvents } = cost({ ...million, eventsPerEntry: 20 });
    expect(perMillionEvents).toBeGreaterThan(0.08);
    expect(perMillionEvents).toBeLessThan(0.25);
  });

  test('EventBridge bills an entry per 64 KB begun', () => {
    const bus = (bytesPerEvent: number) =>
      cost({ ...million, eventsPerEntry: 1, bytesPerEvent }).lines.find(({ what }) => what === 'bus');
    expect(bus(65_536)?.dollars).toBeCloseTo(1);
    expect(bus(65_537)?.dollars).toBeCloseTo(2);
  });
});

describe('what costs without any call', () => {
  test('grows with PBXs and tenants, each for itself', () => {
    const one = cost({ pbxs: 1, tenants: 1 });
    const many = cost({ pbxs: 40, tenants: 10 });
    expect(many.perPbx).toBeCloseTo(one.perPbx);
    expect(many.perTenant).toBeCloseTo(one.perTenant);
    const platform = one.total - one.perPbx - one.perTenant;
    expect(many.total).toBeCloseTo(platform + 40 * one.perPbx + 10 * one.perTenant);
  });

  test('statuses are not kept in the archive', () => {
    const archived = (input: Partial<CostInput>) =>
      cost(input).lines.filter(({ what, units }) => what.startsWith('archive') && units > 0);
    expect(archived({ pbxs: 10 })).toEqual([]);
    expect(archived({ events: 1e6 })).toHaveLength(2);
  });

  test('of a busy function X-Ray traces one invocation a second, and 5 % of the others', () => {
    const traced = (pbxs: number) =>
      cost({ pbxs, tenants: pbxs, statusSeconds: 1 }).lines.find(
        ({ of, what }) => of === 'pbx' && what === 'X-Ray',
      );
    const month = 30 * 86_400;
    expect(traced(1)?.units).toBeCloseTo(month + month);
    expect(traced(3)?.units).toBeCloseTo(3 * month + month * 1.1);
  });

  test('a rarer status makes a PBX cheaper', () => {
    expect(cost({ pbxs: 1, statusSeconds: 300 }).perPbx).toBeLessThan(cost({ pbxs: 1 }).perPbx / 2);
  });

  test('traces can be left out', () => {
    const [on, off] = [true, false].map((tracing) => cost({ pbxs: 1, tenants: 1, events: 1e6, tracing }));
    expect(on!.total - off!.total).toBeGreaterThan(3);
    expect(off!.lines.some(({ what }) => what === 'X-Ray')).toBe(false);
  });

  test('the total is the sum of its lines', () => {
    const report = cost({ events: 3e6, pbxs: 50, tenants: 20, jobs: 1e5 });
    expect(report.total).toBeCloseTo(report.lines.reduce((total, { dollars }) => total + dollars, 0));
  });
});
