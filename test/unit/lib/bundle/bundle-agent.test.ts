import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bundleAgent, type AgentBundle } from '#lib/bundle/bundle-agent.ts';

const readsBesideItself = [
  'standalone/product-version.ts',
  'standalone/page-server/page-server.ts',
  'edge-agent/console/pty.ts',
];
const work = mkdtempSync(join(tmpdir(), 'odoopbx-bundle-'));
afterAll(() => rmSync(work, { recursive: true, force: true }));

describe('the bundled agent', () => {
  let bundle: AgentBundle;
  beforeAll(async () => {
    bundle = await bundleAgent({ outDir: join(work, 'a/app'), readsBesideItself });
    writeFileSync(join(work, 'a/package.json'), '{"version":"9.8.7"}');
  });

  it('runs where there is no node_modules', () => {
    const argv = [join(work, 'a/app/agent.mjs'), '--version'];
    const { stdout, stderr } = spawnSync(process.execPath, argv, { encoding: 'utf8' });
    expect({ stdout, stderr }).toEqual({ stdout: '9.8.7\n', stderr: '' });
  });

  it('has the spool’s thread as a file of its own, and starts that', () => {
    expect(bundle.files).toContain('store-thread.mjs');
    const texts = bundle.files.map((file) => readFileSync(join(work, 'a/app', file), 'utf8'));
    expect(texts.filter((text) => text.includes('new URL("./store-thread.mjs"'))).toHaveLength(1);
    expect(texts.some((text) => /new URL\("[^"]*\.ts"/.test(text))).toBe(false);
  });

  it('names the packages that went into it', () => {
    expect(bundle.packages).toContain('node_modules/zod');
    expect(bundle.packages).toContain('node_modules/@hono/node-server');
    expect(bundle.packages).not.toContain('node_modules/vitest');
    // The agent looks for no credentials but its own.
    expect(bundle.packages).not.toContain('node_modules/@aws-sdk/credential-provider-node');
  });

  it('is the same in whatever folder it is made', async () => {
    const other = await bundleAgent({ outDir: join(work, 'elsewhere/deeper/app'), readsBesideItself });
    expect(other).toEqual(bundle);
    for (const file of bundle.files) {
      const [one, two] = ['a/app', 'elsewhere/deeper/app'].map((folder) =>
        readFileSync(join(work, folder, file)),
      );
      expect(two?.equals(one!), file).toBe(true);
    }
  });

  it('refuses a source file that reads one beside itself and is not provided for', async () => {
    const outDir = join(work, 'b');
    await expect(bundleAgent({ outDir, readsBesideItself: readsBesideItself.slice(1) })).rejects.toThrow(
      'standalone/product-version.ts uses import.meta',
    );
  });
});
