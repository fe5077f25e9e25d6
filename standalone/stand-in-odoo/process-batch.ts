import {
  gatewayBatchSchema,
  type GatewayAnswer,
  type GatewayBatch,
  type GatewayItem,
  type GatewayResult,
} from '#core/contracts/gateway.ts';
import type { Json } from '#core/contracts/job.ts';
import { callMethod, methodProblem } from './call-method.ts';
import { odooDatetime, type Environment } from './environment.ts';
import { OdooException, traceback } from './odoo-exception.ts';

/** Keys remembered; a real Odoo prunes by age. */
const maxClaimed = 200_000;

/** `asterisk_plus.server.process_batch(batch)`, core/contracts/gateway.ts: each key has its effect once. */
export function processBatch(env: Environment, value: unknown): GatewayAnswer {
  const parsed = gatewayBatchSchema.safeParse(value);
  if (!parsed.success) {
    throw new OdooException('odoo.exceptions.ValidationError', 'The batch is not as the contract says.');
  }
  const batch = parsed.data;
  const answer: GatewayAnswer = { v: 1, done: 0, duplicate: 0, skipped: [], failed: [] };
  for (const item of batch.events) {
    for (const rule of item.rules) runRule(env, batch, item, rule, answer);
  }
  for (const result of batch.results) runResult(env, batch, result, answer);
  return answer;
}

function claim(env: Environment, key: string): boolean {
  if (env.claimed.has(key)) return false;
  env.claimed.add(key);
  const oldest = env.claimed.size > maxClaimed ? env.claimed.keys().next().value : undefined;
  if (oldest !== undefined) env.claimed.delete(oldest);
  return true;
}

function runRule(
  env: Environment,
  batch: GatewayBatch,
  item: GatewayItem,
  ruleId: string,
  answer: GatewayAnswer,
): void {
  const { epoch, seq } = item;
  const rule = /^\d{1,9}$/.test(ruleId) ? env.tables.events.get(Number(ruleId)) : undefined;
  const [model, method] = [String(rule?.['model'] ?? ''), String(rule?.['method'] ?? '')];
  const reason = !rule
    ? 'there is no such rule'
    : rule['is_enabled'] === true
      ? methodProblem(env, model, method)
      : 'the rule is disabled';
  if (reason !== undefined) {
    answer.skipped.push({ epoch, seq, rule: ruleId, reason });
    return;
  }
  if (!claim(env, `${batch.pbx}/${epoch}/${seq}/${ruleId}`)) {
    answer.duplicate += 1;
    return;
  }
  const failure = run(env, model, method, [item.event], {});
  if (failure === undefined) answer.done += 1;
  else answer.failed.push({ epoch, seq, rule: ruleId, ...failure });
}

function runResult(
  env: Environment,
  batch: GatewayBatch,
  result: GatewayResult,
  answer: GatewayAnswer,
): void {
  if (!claim(env, `${batch.pbx}/job/0/${result.jobId}`)) {
    answer.duplicate += 1;
    return;
  }
  const { style, res_model, res_method, pass_back, res_notify_uid, res_notify_title } = result.callback;
  if (res_notify_uid !== undefined) {
    const warning = result.status !== 'done' || JSON.stringify(result.result).includes('"Response":"Error"');
    callMethod(env, 'res.users', 'asterisk_plus_notify', [noticeOf(result)], {
      title: res_notify_title ?? 'PBX',
      uid: res_notify_uid,
      warning,
    });
  }
  if (res_model !== undefined && res_method !== undefined) {
    const named =
      style === 'keyword' && typeof pass_back === 'object' && pass_back !== null && !Array.isArray(pass_back)
        ? pass_back
        : {};
    const args = style === 'positional' ? [result.result, pass_back ?? null] : [result.result];
    const failure = run(env, res_model, res_method, args, named);
    if (failure !== undefined) {
      answer.failed.push({ epoch: 'job', seq: 0, rule: result.jobId, ...failure });
      return;
    }
  }
  answer.done += 1;
}

function noticeOf(result: GatewayResult): string {
  const first: Json | undefined = Array.isArray(result.result) ? result.result[0] : result.result;
  const message =
    typeof first === 'object' && first !== null && !Array.isArray(first) ? first['Message'] : undefined;
  return typeof message === 'string' ? message : JSON.stringify(result.result).slice(0, 500);
}

/** Runs a handler; its failure is kept as a record, and the batch goes on. */
function run(
  env: Environment,
  model: string,
  method: string,
  args: readonly Json[],
  kwargs: Record<string, unknown>,
): { failure_id: number; error: string } | undefined {
  let failure: { failure_id: number; error: string } | undefined;
  try {
    callMethod(env, model, method, args, kwargs);
  } catch (error) {
    const text = error instanceof Error ? error.message : String(error);
    const record = env.tables.failures.create({
      model,
      method,
      error: text,
      traceback: traceback(error),
      argument: JSON.stringify(args[0] ?? null).slice(0, 4000),
      create_date: odooDatetime(env.clock.now()),
    });
    failure = { failure_id: record.id, error: text.slice(0, 500) };
  }
  env.handled({ model, method, argument: args[0], failed: failure !== undefined });
  return failure;
}
