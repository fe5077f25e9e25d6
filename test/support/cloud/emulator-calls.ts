import type { Statement } from './iam-policy.ts';

/** Keys of nobody: moto takes any. */
export const emulatorCredentials = { accessKeyId: 'test', secretAccessKey: 'test' };

/** What every SDK client needs to speak with the emulator itself, past the gate. */
export function emulatorClient(endpoint: string, region: string) {
  return { endpoint, region, credentials: emulatorCredentials, useQueueUrlAsEndpoint: false };
}

/** Calls of services whose SDK client the product does not need. */
export async function callEmulator(
  emulatorUrl: string,
  service: string,
  region: string,
  path: string,
  form?: Readonly<Record<string, string>>,
): Promise<string> {
  const scope = `Credential=${emulatorCredentials.accessKeyId}/20260101/${region}/${service}/aws4_request`;
  const response = await fetch(emulatorUrl + path, {
    method: form === undefined ? 'GET' : 'POST',
    headers: { authorization: `AWS4-HMAC-SHA256 ${scope}, SignedHeaders=host, Signature=0` },
    ...(form === undefined ? {} : { body: new URLSearchParams(form) }),
  });
  const answer = await response.text();
  if (!response.ok) throw new Error(`${service}${path}: ${response.status} ${answer.slice(0, 500)}`);
  return answer;
}

/** The statements of a role's inline policies, as they were deployed. */
export async function statementsOfRole(emulatorUrl: string, roleName: string): Promise<Statement[]> {
  const iam = (form: Record<string, string>) =>
    callEmulator(emulatorUrl, 'iam', 'us-east-1', '/', {
      Version: '2010-05-08',
      RoleName: roleName,
      ...form,
    });
  const names = [...(await iam({ Action: 'ListRolePolicies' })).matchAll(/<member>([^<]+)<\/member>/g)];
  const documents = await Promise.all(
    names.map(async ([, PolicyName = '']) => {
      const answer = await iam({ Action: 'GetRolePolicy', PolicyName });
      const text = /<PolicyDocument>([\s\S]*?)<\/PolicyDocument>/.exec(answer)?.[1] ?? '';
      return JSON.parse(decodeURIComponent(text)) as { Statement: Statement | Statement[] };
    }),
  );
  return documents.flatMap(({ Statement }) => Statement);
}

export interface DeployedFunction {
  readonly name: string;
  readonly handler: string;
  readonly timeoutSeconds: number;
  readonly roleName: string;
  readonly environment: Readonly<Record<string, string>>;
}

export async function deployedFunction(
  emulatorUrl: string,
  region: string,
  name: string,
): Promise<DeployedFunction> {
  const path = `/2015-03-31/functions/${encodeURIComponent(name)}/configuration`;
  const found = JSON.parse(await callEmulator(emulatorUrl, 'lambda', region, path)) as {
    Handler: string;
    Timeout: number;
    Role: string;
    Environment?: { Variables: Record<string, string> };
  };
  return {
    name,
    handler: found.Handler,
    timeoutSeconds: found.Timeout,
    roleName: found.Role.split('/').at(-1) ?? '',
    environment: found.Environment?.Variables ?? {},
  };
}
