import { beforeAll, describe, expect, test, vi } from 'vitest';
import { acknowledgedFindings } from '#lib/acknowledged-findings.ts';
import type { FleetAppOptions } from '#lib/app.ts';
import { exampleFleet, synthFleet, type SynthesisedFleet } from './synth-fleet.ts';

const fleet = exampleFleet();
type Decorate = NonNullable<FleetAppOptions['decorate']>;
interface Breakable {
  addPropertyOverride(path: string, value: unknown): void;
  pointInTimeRecoverySpecification?: unknown;
}

function breaking(path: string, spoil: (resource: Breakable) => void): Decorate {
  return (app) => {
    const found = app.node.findAll().find(({ node }) => node.path === path);
    if (!found) throw new Error(`no ${path}`);
    spoil(found as unknown as Breakable);
  };
}

describe('cdk-nag and the built-in validation', () => {
  let synthesised: SynthesisedFleet;
  beforeAll(() => {
    synthesised = synthFleet(fleet);
  });

  test('find nothing in the example that is not acknowledged with a reason', () => {
    expect(synthesised.findings.filter(({ reason }) => reason === undefined)).toEqual([]);
    for (const { reason } of synthesised.findings) expect(reason?.length).toBeGreaterThan(40);
  });

  test('find everything that is acknowledged: no acknowledgement outlives its finding', () => {
    const reasons = new Set(synthesised.findings.map(({ reason }) => reason));
    const stale = acknowledgedFindings.filter(({ reason }) => !reasons.has(reason));
    expect(stale).toEqual([]);
  });

  test('find nothing either where the account is known at deployment only', () => {
    const { account: _, ...platform } = fleet.platform;
    const { findings } = synthFleet({ ...fleet, platform });
    expect(findings.filter(({ reason }) => reason === undefined)).toEqual([]);
  });

  test('do run: cdk-nag sees a table that can not be restored', () => {
    const decorate = breaking('odoopbx-platform/Tables/Jobs/Resource', (table) => {
      table.pointInTimeRecoverySpecification = undefined;
    });
    vi.spyOn(console, 'error').mockImplementation(() => {});
    const { findings } = synthFleet(fleet, { decorate });
    expect(findings.filter(({ reason }) => reason === undefined)).toMatchObject([
      { rule: 'AwsSolutions-DDB3', at: ['odoopbx-platform/Tables/Jobs/Resource'] },
    ]);
  });

  test('do run: a template that CloudFormation would refuse fails the synthesis', () => {
    const decorate = breaking('odoopbx-tenant-acme/Inbox/Queue/Resource', (queue) => {
      queue.addPropertyOverride('VisibilityTimeout', 'soon');
    });
    // The report is in the error or on standard error, as the CDK sees fit.
    const told = vi.spyOn(console, 'error').mockImplementation(() => {});
    let thrown: unknown;
    try {
      synthFleet(fleet, { decorate });
    } catch (error) {
      thrown = error;
    }
    expect(thrown).toBeInstanceOf(Error);
    expect(`${String(thrown)}\n${told.mock.calls.join('\n')}`).toContain(
      "VisibilityTimeout: 'soon' is not of type 'integer'",
    );
  });
});
