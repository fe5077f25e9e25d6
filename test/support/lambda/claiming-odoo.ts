import type { GatewayBatch } from '#core/contracts/gateway.ts';
import { Raise, startScriptedOdoo } from '../scripted-odoo.ts';
import type { ScriptedHttp } from '../scripted-http.ts';

/** An Odoo with the addon's gateway, over HTTP: each key has its effect once; it fails as it is told. */
export interface ClaimingOdoo extends ScriptedHttp {
  /** `pbx/epoch/seq/rule` and `pbx/job/0/id`, in the order in which they had their effect. */
  readonly effects: string[];
  /** Batches that were not empty, whether they were taken or not. */
  readonly batches: GatewayBatch[];
  /** HTTP requests. */
  readonly requests: ScriptedHttp['requests'];
  /** Answers 503 to everybody. */
  isDown: boolean;
  /** Secrets that are refused. */
  readonly refused: Set<unknown>;
  /** A batch that holds one of these sequence numbers can not be taken at all: the whole call raises. */
  readonly poison: Set<number>;
}

const rule = {
  id: 7,
  name: 'Cdr',
  source: 'AMI',
  model: 'asterisk_calls.call',
  method: 'create_cdr',
  delay: 0,
  condition: false,
  is_enabled: true,
};

export async function startClaimingOdoo(): Promise<ClaimingOdoo> {
  const claimed = new Set<string>();
  const state = {
    effects: [] as string[],
    batches: [] as GatewayBatch[],
    isDown: false,
    refused: new Set<unknown>(),
    poison: new Set<number>(),
  };
  const server = await startScriptedOdoo({
    versionInfo: [18, 0, 0, 'final', 0, ''],
    uid: (secret) => (state.refused.has(secret) ? false : 2),
    execute: ({ method, kwargs, secret }) => {
      if (state.refused.has(secret)) return new Raise('odoo.exceptions.AccessDenied', 'Access Denied');
      if (method === 'fields_get') return Object.fromEntries(Object.keys(rule).map((name) => [name, {}]));
      if (method === 'search_read') return [rule];
      if (method !== 'process_batch') return true;
      return processBatch((kwargs as { batch: GatewayBatch }).batch);
    },
    isDown: () => state.isDown,
  });

  function processBatch(batch: GatewayBatch): unknown {
    const { pbx, events, results } = batch;
    if (events.length + results.length > 0) state.batches.push(batch);
    if (events.some(({ seq }) => state.poison.has(seq))) {
      return new Raise('builtins.UnicodeEncodeError', 'this can not be stored');
    }
    const keys = [
      ...events.flatMap(({ epoch, seq, rules }) => rules.map((id) => `${pbx}/${epoch}/${seq}/${id}`)),
      ...results.map(({ jobId }) => `${pbx}/job/0/${jobId}`),
    ];
    const fresh = keys.filter((key) => !claimed.has(key));
    for (const key of fresh) claimed.add(key);
    state.effects.push(...fresh);
    return { v: 1, done: fresh.length, duplicate: keys.length - fresh.length, skipped: [], failed: [] };
  }
  return Object.assign(state, server);
}
