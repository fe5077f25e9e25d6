import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { createIdentitySource } from '#edge-agent/cloud/identity-files.ts';
import { recordingLogger } from '#test/support/recording-logger.ts';
import { createTestCa, type KeyedCertificate } from '#test/support/test-ca.ts';

const folder = mkdtempSync(join(tmpdir(), 'identity-'));
const certificatePath = join(folder, 'certificate.pem');
const keyPath = join(folder, 'key.pem');
let first: KeyedCertificate;
let second: KeyedCertificate;
let logger: ReturnType<typeof recordingLogger>;

beforeAll(async () => {
  const ca = await createTestCa();
  [first, second] = [await ca.clientCertificate('acme_hq'), await ca.clientCertificate('acme_hq')];
});
beforeEach(() => {
  writeFileSync(certificatePath, first.certificatePem);
  writeFileSync(keyPath, first.keyPem);
  logger = recordingLogger();
});
afterAll(() => rmSync(folder, { recursive: true }));

const make = (paths = { certificatePath, keyPath }) =>
  createIdentitySource({ certificate: first.certificatePem, key: first.keyPem, ...paths }, logger);

test('is the same object as long as nothing changes', () => {
  const source = make();
  expect(source.current()).toBe(source.current());
  expect(source.current()).toEqual({ certificate: first.certificatePem, key: first.keyPem });
});

test('takes a new pair over once both files are there', () => {
  const source = make();
  writeFileSync(certificatePath, second.certificatePem);
  expect(source.current().certificate).toBe(first.certificatePem);
  expect(source.current().certificate).toBe(first.certificatePem);
  writeFileSync(keyPath, second.keyPem);
  expect(source.current()).toEqual({ certificate: second.certificatePem, key: second.keyPem });
  expect(logger.at('warn')).toHaveLength(1);
  expect(logger.at('info')).toEqual([{ message: 'certificate read again', path: certificatePath }]);
  expect(JSON.stringify([logger.at('warn'), logger.at('info')])).not.toContain(second.keyPem.split('\n')[1]);
});

test('keeps what it has while the files are damaged or gone', () => {
  const source = make();
  writeFileSync(keyPath, 'nothing');
  expect(source.current().key).toBe(first.keyPem);
  rmSync(keyPath);
  expect(source.current().key).toBe(first.keyPem);
  writeFileSync(keyPath, first.keyPem);
  expect(source.current().key).toBe(first.keyPem);
});

test('what did not come from files is never looked for', () => {
  const source = createIdentitySource({ certificate: first.certificatePem, key: first.keyPem }, logger);
  expect(source.current()).toEqual({ certificate: first.certificatePem, key: first.keyPem });
});
