import { expect, it } from 'vitest';
import { createIotCertificates } from '#aws/iot-certificates.ts';
import { awsError, scriptedAwsClient } from '#test/support/scripted-aws-client.ts';

const arnOf = (id: string) => `arn:aws:iot:eu-central-1:123456789012:cert/${id}`;
const certificate = { id: 'aa', arn: arnOf('aa'), pem: '' };
const policy = 'odoopbx-agent';

it('makes a certificate that can do nothing yet', async () => {
  const made = { certificateId: 'aa', certificateArn: arnOf('aa'), certificatePem: 'pem' };
  const { client, sent } = scriptedAwsClient(() => made);
  expect(await createIotCertificates({ client, policy }).create('csr')).toEqual({
    ...certificate,
    pem: 'pem',
  });
  expect(sent[0]?.input).toEqual({ certificateSigningRequest: 'csr', setAsActive: false });
});

it('cuts off all other certificates of the thing, page by page, inactive before anything else', async () => {
  const pages = [
    { principals: [arnOf('aa'), arnOf('bb')], nextToken: 'next' },
    { principals: ['eu-central-1:cognito-identity', arnOf('cc')] },
  ];
  const { client, sent } = scriptedAwsClient(({ name }) =>
    name === 'ListThingPrincipals' ? pages.shift() : {},
  );
  expect(await createIotCertificates({ client, policy }).cutOffOthers('acme_hq', 'aa')).toEqual(['bb', 'cc']);
  expect(
    sent
      .slice(2)
      .map(({ name, input }) => [name, input['certificateId'] ?? input['target'] ?? input['principal']]),
  ).toEqual([
    ['UpdateCertificate', 'bb'],
    ['DetachPolicy', arnOf('bb')],
    ['DetachThingPrincipal', arnOf('bb')],
    ['UpdateCertificate', 'cc'],
    ['DetachPolicy', arnOf('cc')],
    ['DetachThingPrincipal', arnOf('cc')],
  ]);
});

it('discards a certificate as far as it came, and says so when it is still there', async () => {
  const { client, sent } = scriptedAwsClient(({ name }) =>
    name === 'DeleteCertificate' ? {} : awsError('ResourceNotFoundException'),
  );
  await createIotCertificates({ client, policy }).discard(certificate, 'acme_hq');
  expect(sent.map(({ name }) => name)).toEqual([
    'UpdateCertificate',
    'DetachThingPrincipal',
    'DetachPolicy',
    'DeleteCertificate',
  ]);
  const { client: failing } = scriptedAwsClient(({ name }) =>
    name === 'DeleteCertificate' ? awsError('DeleteConflictException') : {},
  );
  await expect(
    createIotCertificates({ client: failing, policy }).discard(certificate, 'acme_hq'),
  ).rejects.toMatchObject({ name: 'DeleteConflictException' });
});

it('names the host of the credential provider', async () => {
  const { client, sent } = scriptedAwsClient(() => ({ endpointAddress: 'c1.credentials.iot.example' }));
  expect(await createIotCertificates({ client, policy }).credentialsEndpoint()).toBe(
    'c1.credentials.iot.example',
  );
  expect(sent[0]?.input).toEqual({ endpointType: 'iot:CredentialProvider' });
});
