import {
  DeleteParametersCommand,
  DescribeParametersCommand,
  PutParameterCommand,
  type SSMClient,
} from '@aws-sdk/client-ssm';

export interface SecretEntry {
  readonly name: string;
  /** Unix seconds. */
  readonly changedAt: number | undefined;
  readonly encrypted: boolean;
}

/** Odoo's passwords and API keys. Nothing here reads a value. */
export interface Secrets {
  set(name: string, value: string): Promise<void>;
  /** Those whose names begin with the path `/odoopbx/`. */
  list(path: string): Promise<SecretEntry[]>;
  delete(names: readonly string[]): Promise<void>;
}

export function ssmSecrets(client: SSMClient): Secrets {
  return {
    async set(name, value) {
      await client.send(
        new PutParameterCommand({ Name: name, Value: value, Type: 'SecureString', Overwrite: true }),
      );
    },
    async list(path) {
      const found: SecretEntry[] = [];
      let token: string | undefined;
      do {
        const page = await client.send(
          new DescribeParametersCommand({
            ParameterFilters: [{ Key: 'Name', Option: 'BeginsWith', Values: [path] }],
            MaxResults: 50,
            NextToken: token,
          }),
        );
        for (const { Name = '', LastModifiedDate, Type } of page.Parameters ?? []) {
          const changedAt = LastModifiedDate && LastModifiedDate.getTime() / 1000;
          found.push({ name: Name, changedAt, encrypted: Type === 'SecureString' });
        }
        token = page.NextToken;
      } while (token);
      return found;
    },
    async delete(names) {
      for (let start = 0; start < names.length; start += 10) {
        await client.send(new DeleteParametersCommand({ Names: names.slice(start, start + 10) }));
      }
    },
  };
}
