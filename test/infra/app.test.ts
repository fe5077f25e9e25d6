import { execFile } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { lambdaNames } from '#lib/bundle/bundle-lambdas.ts';

/* bin/app.ts as the CDK's CLI runs it (cdk.json): context and output folder come by the environment. */
const checkout = join(import.meta.dirname, '../..');
const run = promisify(execFile);
let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'odoopbx-app-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function runApp(env: Record<string, string>): Promise<{ code: number; errors: string }> {
  const inherited = { ...process.env };
  delete inherited['FLEET_FILE'];
  try {
    const { stderr } = await run(process.execPath, ['bin/app.ts'], {
      cwd: checkout,
      env: { ...inherited, ...env },
    });
    return { code: 0, errors: stderr };
  } catch (error) {
    const { code, stderr } = error as { code: number; stderr: string };
    return { code, errors: stderr };
  }
}

function fleetFile(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

describe('a fleet.yaml that is not right', () => {
  test('is named when it is missing', async () => {
    const { code, errors } = await runApp({ FLEET_FILE: join(folder, 'none.yaml') });
    expect(code).toBe(1);
    expect(errors).toMatch(/there is no .*none\.yaml/);
    expect(errors).not.toMatch(/\n\s+at /);
  });

  test('gets all its problems told at once, each with its place', async () => {
    const path = fleetFile(
      'bad.yaml',
      [
        'platform: { region: frankfurt }',
        'tenants:',
        '  acme:',
        '    odoo: { url: http://odoo.acme.example, db: acme, login: pbx, timeoutSecond: 60 }',
        '    pbxs: { HQ: }',
      ].join('\n'),
    );
    const { code, errors } = await runApp({ FLEET_FILE: path });
    expect(code).toBe(1);
    expect(errors).toContain('platform.region');
    expect(errors).toContain('did you mean timeoutSeconds?');
    expect(errors).toContain('tenants.acme.pbxs');
  });
});

test('the path comes by `-c fleet=…` before FLEET_FILE', async () => {
  const env = {
    CDK_CONTEXT_JSON: JSON.stringify({ fleet: join(folder, 'by-context.yaml') }),
    FLEET_FILE: join(folder, 'by-environment.yaml'),
  };
  expect((await runApp(env)).errors).toContain('by-context.yaml');
});

test('a right one becomes templates with the true bundles', { timeout: 120_000 }, async () => {
  const outdir = join(folder, 'out');
  const env = {
    CDK_OUTDIR: outdir,
    CDK_CONTEXT_JSON: JSON.stringify({ fleet: join(checkout, 'fleet.example.yaml') }),
  };
  expect(await runApp(env)).toMatchObject({ code: 0 });
  const written = readdirSync(outdir);
  expect(written.filter((name) => name.endsWith('.template.json'))).toHaveLength(5);
  const bundles = written
    .filter((name) => name.startsWith('asset.'))
    .flatMap((name) => readdirSync(join(outdir, name)).filter((file) => file === 'index.mjs'));
  expect(bundles).toHaveLength(lambdaNames().length);
});
