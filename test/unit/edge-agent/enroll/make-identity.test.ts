import { createPrivateKey, X509Certificate } from 'node:crypto';
import { expect, test } from 'vitest';
import { enrollmentRequestSchema } from '#core/contracts/enrollment.ts';
import { makeIdentity } from '#edge-agent/enroll/make-identity.ts';
import { someCode } from '#test/support/enroll-server.ts';
import { createTestCa } from '#test/support/test-ca.ts';

test('a P-256 key, and a request for it that the contract takes and a CA signs', async () => {
  const { keyPem, csrPem } = await makeIdentity();
  const key = createPrivateKey(keyPem);
  expect(key.asymmetricKeyDetails).toEqual({ namedCurve: 'prime256v1' });
  expect(enrollmentRequestSchema.parse({ code: someCode, csr: csrPem }).csr).toBe(csrPem);
  const { certificatePem } = await (await createTestCa()).signRequest(csrPem);
  expect(new X509Certificate(certificatePem).checkPrivateKey(key)).toBe(true);
});

test('each time another key', async () => {
  const [one, two] = await Promise.all([makeIdentity(), makeIdentity()]);
  expect(one.keyPem).not.toBe(two.keyPem);
});
