import {
  ApiGatewayManagementApiServiceException,
  GoneException,
} from '@aws-sdk/client-apigatewaymanagementapi';
import { expect, it } from 'vitest';
import { createGatewayConnections } from '#aws/gateway-connections.ts';
import { awsError, scriptedAwsClient } from '#test/support/scripted-aws-client.ts';

const gone = () => new GoneException({ message: 'gone', $metadata: {} });

it('posts a message as UTF-8', async () => {
  const { client, sent } = scriptedAwsClient(() => ({}));
  expect(await createGatewayConnections({ client }).post('c1', 'Zoë 😀')).toBe(true);
  expect(sent).toEqual([
    { name: 'PostToConnection', input: { ConnectionId: 'c1', Data: new TextEncoder().encode('Zoë 😀') } },
  ]);
});

it('says that a connection is gone', async () => {
  const { client } = scriptedAwsClient(gone);
  expect(await createGatewayConnections({ client }).post('c1', 'x')).toBe(false);
});

it('knows one that is gone by its status, where nothing else says so', async () => {
  const unnamed = new ApiGatewayManagementApiServiceException({
    name: 'UnknownError',
    $fault: 'client',
    $metadata: { httpStatusCode: 410 },
  });
  const { client } = scriptedAwsClient(() => unnamed);
  const connections = createGatewayConnections({ client });
  expect(await connections.post('c1', 'x')).toBe(false);
  await connections.close('c1');
});

it('closes a connection; one that is gone is fine', async () => {
  const { client, sent } = scriptedAwsClient(({ input }) => (input['ConnectionId'] === 'gone' ? gone() : {}));
  const connections = createGatewayConnections({ client });
  await connections.close('c1');
  await connections.close('gone');
  expect(sent.map(({ name }) => name)).toEqual(['DeleteConnection', 'DeleteConnection']);
});

it('lets a failing gateway fail', async () => {
  const { client } = scriptedAwsClient(() => awsError('LimitExceededException'));
  const connections = createGatewayConnections({ client });
  await expect(connections.post('c1', 'x')).rejects.toThrow();
  await expect(connections.close('c1')).rejects.toThrow();
});
