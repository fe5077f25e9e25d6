import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { ruleFile } from '#edge-agent/events/rule-file.ts';
import { recordingLogger } from '#test/support/recording-logger.ts';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'rule-file-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});
const configure = {
  rules: [{ id: '1', name: 'Cdr', delay: 0, condition: '' }],
  rulesVersion: '0123456789abcdef',
  asOf: 5,
};

test('rules are read back, by their owner alone', () => {
  const path = join(folder, 'state', 'rules.json');
  const logger = recordingLogger();
  const store = ruleFile(path, logger);
  expect(store.load()).toBeUndefined();
  expect(logger.at('warn')).toEqual([]);
  store.save(configure);
  store.save({ ...configure, asOf: 6 });
  expect(ruleFile(path, logger).load()).toEqual({ ...configure, asOf: 6 });
  expect(statSync(path).mode & 0o777).toBe(0o600);
  expect(readdirSync(join(folder, 'state'))).toEqual(['rules.json']);
});

test('a save that fails leaves the last rules', () => {
  const path = join(folder, 'rules.json');
  const store = ruleFile(path, recordingLogger());
  store.save(configure);
  const cyclic = { ...configure } as { self?: unknown } & typeof configure;
  cyclic.self = cyclic;
  expect(() => {
    store.save(cyclic);
  }).toThrow();
  expect(store.load()).toEqual(configure);
});

test('a file that can not be read is no rules, and a warning', () => {
  const path = join(folder, 'rules.json');
  for (const text of ['', '{"rules": [', '{"rules": 1}', readFileSync('/dev/null', 'utf8')]) {
    writeFileSync(path, text);
    const logger = recordingLogger();
    expect(ruleFile(path, logger).load()).toBeUndefined();
    expect(logger.at('warn')).toHaveLength(1);
  }
});
