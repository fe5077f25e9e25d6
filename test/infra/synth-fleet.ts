import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseFleet } from '#bin/odoopbx/fleet-file/parse-fleet.ts';
import type { Fleet } from '#core/fleet/fleet.ts';
import { createFleetApp, type FleetAppOptions } from '#lib/app.ts';
import { type Finding, readFindings } from '#lib/findings.ts';

export interface Resource {
  readonly Type: string;
  readonly Properties: Record<string, unknown>;
  readonly DeletionPolicy?: string;
  readonly UpdateReplacePolicy?: string;
  readonly DependsOn?: string[];
}

export interface Template {
  readonly Resources: Record<string, Resource>;
  readonly Outputs?: Record<string, unknown>;
}

export interface Statement {
  readonly Sid?: string;
  readonly Effect: 'Allow' | 'Deny';
  readonly Action: string | string[];
  readonly Resource: unknown;
  readonly Condition?: Record<string, unknown>;
}

export interface SynthesisedFleet {
  /** By the stack's name, as it is deployed. */
  readonly templates: ReadonlyMap<string, Template>;
  readonly findings: readonly Finding[];
  /** Files of the layers, by their path in the synthesis. */
  layerFile(path: string): unknown;
  terminationProtected(stack: string): boolean;
}

const functions = ['agent-status', 'console-relay', 'enroll-agent', 'route-events', 'submit-job', 'sweep'];

/** The example that the repository ships, three tenants with five PBXs. */
export function exampleFleet(): Fleet {
  const path = join(import.meta.dirname, '../../fleet.example.yaml');
  return parseFleet(readFileSync(path, 'utf8'), path);
}

/** Synthesises into a folder that is gone afterwards, with a line of code for each function. */
export function synthFleet(
  fleet: Fleet,
  options: Pick<FleetAppOptions, 'checks' | 'decorate' | 'account'> = {},
): SynthesisedFleet {
  const folder = mkdtempSync(join(tmpdir(), 'odoopbx-synth-'));
  try {
    const bundles = new Map(
      functions.map((name) => [name, { folder: placeholder(join(folder, name), name) }]),
    );
    const outdir = join(folder, 'out');
    const assembly = createFleetApp(fleet, { bundles, outdir, ...options }).synth();
    const templates = assembly.stacks.map((stack) => [stack.stackName, stack.template as Template] as const);
    const files = new Map(
      ['webhooks', ...Object.keys(fleet.tenants)].map((name) => [name, readLayer(outdir, name)] as const),
    );
    return {
      templates: new Map(templates),
      findings: options.checks === false ? [] : readFindings(outdir),
      layerFile: (name) => files.get(name),
      terminationProtected: (name) => assembly.getStackByName(name).terminationProtection === true,
    };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function placeholder(folder: string, name: string): string {
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'index.mjs'), `export const handler = () => '${name}';\n`);
  return folder;
}

function readLayer(outdir: string, name: string): unknown {
  try {
    return JSON.parse(readFileSync(join(outdir, 'fleet-files', name, 'fleet.json'), 'utf8'));
  } catch {
    return undefined;
  }
}

/** Resources of a type with their logical ids. */
export function resourcesOf(template: Template | undefined, type: string): [string, Resource][] {
  return Object.entries(template?.Resources ?? {}).filter(([, { Type }]) => Type === type);
}

/** The properties of the one resource of this type whose id begins so. */
export function propertiesOf(
  template: Template | undefined,
  type: string,
  idPrefix = '',
): Resource['Properties'] {
  const found = resourcesOf(template, type).filter(([id]) => id.startsWith(idPrefix));
  if (found.length !== 1) throw new Error(`${found.length} resources of ${type} begin with ${idPrefix}`);
  return found[0]![1].Properties;
}

/** What the role of a function may do, but for the log and the traces that all may write. */
export function statementsOf(template: Template | undefined, idPrefix: string): Statement[] {
  const { PolicyDocument } = propertiesOf(template, 'AWS::IAM::Policy', idPrefix) as {
    PolicyDocument: { Statement: Statement[] };
  };
  return PolicyDocument.Statement;
}
