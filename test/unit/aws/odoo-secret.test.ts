import { ParameterNotFound } from '@aws-sdk/client-ssm';
import { expect, it } from 'vitest';
import { createOdooSecret } from '#aws/odoo-secret.ts';
import { awsError, scriptedAwsClient } from '#test/support/scripted-aws-client.ts';

function withParameter() {
  const state = { value: 'first' as string | undefined, error: undefined as Error | undefined, at: 1000 };
  const { client, sent } = scriptedAwsClient(() => state.error ?? { Parameter: { Value: state.value } });
  const secret = createOdooSecret({ client, name: '/odoopbx/acme/odoo', now: () => state.at });
  return {
    state,
    sent,
    secret,
    read: () => secret({ refresh: false }),
    refresh: () => secret({ refresh: true }),
  };
}

it('reads the parameter decrypted, and again after five minutes', async () => {
  const { state, sent, read } = withParameter();
  expect(await read()).toBe('first');
  state.value = 'second';
  state.at += 299_999;
  expect(await read()).toBe('first');
  state.at += 1;
  expect(await read()).toBe('second');
  expect(sent).toHaveLength(2);
  expect(sent[0]?.input).toEqual({ Name: '/odoopbx/acme/odoo', WithDecryption: true });
});

it('reads once for all that ask at the same time', async () => {
  const { sent, read } = withParameter();
  expect(await Promise.all([read(), read(), read()])).toEqual(['first', 'first', 'first']);
  expect(sent).toHaveLength(1);
});

it('reads anew when the secret was refused, but not for every refusal', async () => {
  const { state, sent, read, refresh } = withParameter();
  await read();
  state.value = 'second';
  state.at += 5000;
  expect(await refresh()).toBe('second');
  state.value = 'third';
  state.at += 4999;
  expect(await refresh()).toBe('second');
  expect(sent).toHaveLength(2);
});

it('names the parameter that is missing or empty, as worth another try', async () => {
  const { state, read } = withParameter();
  state.error = new ParameterNotFound({ message: 'no', $metadata: {} });
  await expect(read()).rejects.toMatchObject({ code: 'SECRET_UNREADABLE', retryable: true });
  await expect(read()).rejects.toThrow('/odoopbx/acme/odoo');
  state.error = undefined;
  state.value = '';
  await expect(read()).rejects.toMatchObject({ code: 'SECRET_UNREADABLE', retryable: true });
  state.value = 'set by now';
  expect(await read()).toBe('set by now');
});

it('goes on with what it knows while Parameter Store can not be reached, not once the secret is gone', async () => {
  const { state, read, refresh } = withParameter();
  await read();
  state.at += 400_000;
  state.error = awsError('ThrottlingException');
  expect(await read()).toBe('first');
  await expect(refresh()).rejects.toMatchObject({ code: 'SECRET_UNREADABLE' });
  state.error = new ParameterNotFound({ message: 'no', $metadata: {} });
  await expect(read()).rejects.toMatchObject({ code: 'SECRET_UNREADABLE' });
});
