import { agentConfigureFunction } from '#core/contracts/agent-configure.ts';
import type { GatewayResult } from '#core/contracts/gateway.ts';
import type { JobResult } from '#core/contracts/job-result.ts';
import type { Json } from '#core/contracts/job.ts';
import type { PbxId } from '#core/contracts/names.ts';
import { answersInAmiShape, callbackValue } from '#core/jobs/ami-result.ts';
import { statusMeaning } from '#core/jobs/job-life-cycle.ts';
import type { OdooTarget, RouteDeps } from './route-deps.ts';
import type { ResultWork } from './work-item.ts';

/**
 * A result with the callback that was kept for its job, or undefined where there is nothing to deliver: a job that
 * is not known or went to another PBX (a stolen PBX may claim anything), a result that was delivered before, a job
 * of the platform's own.
 */
export async function resultToDeliver(
  pbx: PbxId,
  result: JobResult,
  { jobs, counters, logger }: Pick<RouteDeps, 'jobs' | 'counters' | 'logger'>,
): Promise<GatewayResult | undefined> {
  const { jobId, status } = result;
  const record = await jobs.find(pbx, jobId);
  if (record === undefined) {
    counters.count('result.unknown');
    logger.warn('the result of a job that did not go to this PBX is dropped', { pbx, job: jobId });
    return undefined;
  }
  if (record.deliveredStatus !== null) {
    counters.count('result.duplicate');
    return undefined;
  }
  const { callback, fun, asList } = record;
  if (fun === agentConfigureFunction) {
    await jobs.markDelivered(pbx, jobId, status);
    if (status !== 'done') logger.warn('an agent did not take the rules', { pbx, job: jobId, status });
    return undefined;
  }
  // Without a callback too: the addon keeps a row of each job and wants to know how it ended.
  return {
    jobId,
    fun,
    status,
    result: callbackValue(fun, asList, result),
    callback: callback ?? { style: 'positional' },
  };
}

/** `model.method(result, pass_back)`, or `model.method(result, **pass_back)`. */
export async function callBack(
  client: Pick<OdooTarget['client'], 'callMethod'>,
  { delivery }: ResultWork,
): Promise<void> {
  const { style, res_model, res_method, pass_back } = delivery.callback;
  if (res_model === undefined || res_method === undefined) return;
  if (style === 'positional') {
    await client.callMethod(res_model, res_method, [delivery.result, pass_back ?? null]);
  } else {
    await client.callMethod(res_model, res_method, [delivery.result], { ...asObject(pass_back) });
  }
}

/** Tells the user who asked: the reason where it failed, the answer where it did not. */
export async function notify(
  client: Pick<OdooTarget['client'], 'callMethod'>,
  { delivery, result }: ResultWork,
): Promise<void> {
  const { res_notify_uid, res_notify_title } = delivery.callback;
  if (res_notify_uid === undefined) return;
  const reason = failureOf(result, delivery.fun);
  await client.callMethod('res.users', 'asterisk_plus_notify', [reason ?? answerText(result.result)], {
    title: res_notify_title ?? 'PBX',
    uid: res_notify_uid,
    warning: reason !== undefined,
  });
}

/** Why a job failed, for a person; undefined where it did not. An AMI `Response: Error` is a failure too. */
export function failureOf(result: JobResult, fun: string): string | undefined {
  if (result.status !== 'done') return result.error?.message ?? statusMeaning[result.status];
  if (!answersInAmiShape(fun)) return undefined;
  const reply = asObject(Array.isArray(result.result) ? result.result[0] : result.result);
  if (reply['Response'] !== 'Error') return undefined;
  const message = reply['Message'];
  return typeof message === 'string' && message !== '' ? message : 'Asterisk answered with an error';
}

const maxAnswerText = 500;

function answerText(value: Json): string {
  if (typeof value === 'string') return value.slice(0, maxAnswerText);
  const message = asObject(Array.isArray(value) ? value[0] : value)['Message'];
  if (typeof message === 'string' && message !== '') return message.slice(0, maxAnswerText);
  return value === null || value === true ? 'Done' : JSON.stringify(value).slice(0, maxAnswerText);
}

function asObject(value: Json | undefined): { [key: string]: Json } {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? value : {};
}
