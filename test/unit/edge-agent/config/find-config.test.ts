import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { findConfig } from '#edge-agent/config/find-config.ts';

function etcWith(...files: string[]): string {
  const etc = mkdtempSync(join(tmpdir(), 'etc-'));
  mkdirSync(join(etc, 'odoopbx-agent'));
  for (const file of files) writeFileSync(join(etc, file), '');
  return etc;
}

test('the only configuration is found, wherever it is', () => {
  const single = etcWith('odoopbx-agent.yaml');
  expect(findConfig(single)).toBe(join(single, 'odoopbx-agent.yaml'));
  const instance = etcWith('odoopbx-agent/acme_hq.yaml', 'odoopbx-agent/notes.txt');
  expect(findConfig(instance)).toBe(join(instance, 'odoopbx-agent/acme_hq.yaml'));
});

test('several are listed, none is called by the usual path', () => {
  const several = etcWith('odoopbx-agent/acme_hq.yaml', 'odoopbx-agent/acme_lab.yaml');
  expect(() => findConfig(several)).toThrow(/several agents[\s\S]*acme_hq\.yaml\n.*acme_lab\.yaml/);
  const none = etcWith();
  expect(findConfig(none)).toBe(join(none, 'odoopbx-agent.yaml'));
  expect(findConfig('/nowhere')).toBe('/nowhere/odoopbx-agent.yaml');
});
