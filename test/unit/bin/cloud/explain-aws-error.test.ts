import { describe, expect, it } from 'vitest';
import { explainAwsError } from '#bin/odoopbx/cloud/explain-aws-error.ts';
import { OdoopbxError } from '#core/errors/odoopbx-error.ts';

const where = { region: 'eu-west-1', profile: 'ops' };
const thrown = (name: string, message = 'x', more: object = {}) =>
  Object.assign(new Error(message), { name, $metadata: {}, ...more });
const explained = (error: unknown) => {
  const { code, message } = explainAwsError(error, where) as OdoopbxError;
  return `${code}: ${message}`;
};

describe('explainAwsError', () => {
  it.each([
    [thrown('CredentialsProviderError'), 'AWS_CREDENTIALS: there are no AWS credentials (profile ops)'],
    [
      thrown('CredentialsProviderError', 'The SSO session has expired'),
      'AWS_CREDENTIALS: the AWS credentials (profile ops) have expired',
    ],
    [thrown('ExpiredTokenException'), 'AWS_CREDENTIALS: the AWS credentials (profile ops) have expired'],
    [
      thrown('UnrecognizedClientException'),
      'AWS_CREDENTIALS: AWS does not know these credentials (profile ops)',
    ],
    [thrown('SignatureDoesNotMatch'), 'AWS_CREDENTIALS: AWS refused the signature'],
    [
      thrown(
        'AccessDeniedException',
        'User: arn:aws:iam::1:user/x is not authorized to perform: dynamodb:BatchGetItem on resource: arn:aws:dynamodb:eu-west-1:1:table/pf-pbx because no identity-based policy allows it',
      ),
      'AWS_ACCESS_DENIED: access denied: profile ops may not do dynamodb:BatchGetItem on arn:aws:dynamodb:eu-west-1:1:table/pf-pbx',
    ],
    [
      thrown('AccessDenied', 'Access to the resource is denied.'),
      'AWS_ACCESS_DENIED: access denied: Access to the resource is denied.',
    ],
    [
      thrown('Error', 'getaddrinfo ENOTFOUND', { code: 'ENOTFOUND' }),
      'AWS_UNREACHABLE: AWS can not be reached in eu-west-1',
    ],
    [thrown('TimeoutError'), 'AWS_UNREACHABLE'],
    [
      thrown('QueueDoesNotExist', 'no such queue'),
      'NOT_DEPLOYED: not deployed in eu-west-1, AWS says: no such queue',
    ],
    [thrown('ThrottlingException', 'Rate exceeded'), 'AWS_FAILED: ThrottlingException: Rate exceeded'],
  ])('says what %s means', (error, text) => {
    expect(explained(error)).toContain(text);
  });

  it('leaves alone what is not of AWS', () => {
    const own = new OdoopbxError('CONFIG_INVALID', 'x');
    const bug = new TypeError('x is not a function');
    expect(explainAwsError(own, where)).toBe(own);
    expect(explainAwsError(bug, where)).toBe(bug);
  });
});
