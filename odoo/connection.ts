import type { Clock } from '#core/ports/clock.ts';
import { createOdooClient } from './client.ts';
import type { OdooClient, OdooClientOptions } from './client.ts';
import { createOdooGateway } from './gateway.ts';
import type { OdooGateway } from './gateway.ts';
import type { OdooVersion } from './probe.ts';
import { readRules } from './rules.ts';
import type { RuleSet } from './rules.ts';

/** What routing needs of one Odoo: its methods, the gateway where there is one, the rules. */
export interface OdooConnection {
  readonly client: OdooClient;
  readonly gateway: OdooGateway;
  readRules(): Promise<RuleSet>;
  /** For status pages and `doctor`: rejects where Odoo does not answer or refuses the login. */
  probe(pbx: string): Promise<OdooVersion & { readonly hasGateway: boolean }>;
  close(): Promise<void>;
}

export function createOdooConnection(options: OdooClientOptions, clock: Clock): OdooConnection {
  const client = createOdooClient(options);
  const gateway = createOdooGateway(client, clock);
  return {
    client,
    gateway,
    readRules: () => readRules(client, { signal: AbortSignal.timeout(client.timeoutMs) }),
    async probe(pbx) {
      const version = await client.version();
      await client.ping();
      return { ...version, hasGateway: await gateway.isPresent(pbx) };
    },
    close: () => client.close(),
  };
}
