import { jobResultDetailType, jobResultSchema } from '#core/contracts/job-result.ts';
import type { GatewayAnswer, GatewayBatch } from '#core/contracts/gateway.ts';
import type { BusEntry } from '#core/ports/bus.ts';
import { failureOf } from '#lambdas/route-events/deliver-result.ts';

/** One job as the page shows it; times in milliseconds after the door took it. */
export interface JobView {
  id: string;
  fun: string;
  /** What it was for, where the page made it. */
  about: string;
  /** Unix milliseconds. */
  at: number;
  answeredAfter: number | null;
  /** done, failed, expired … of the job itself. */
  status: string;
  /** False where Asterisk or the agent said no. */
  good: boolean | null;
  answer: string;
  calledBackAfter: number | null;
  callbackError: string;
}

const maxJobs = 60;

/** The way of jobs from the door to their callbacks. */
export class JobTrail {
  readonly #jobs = new Map<string, JobView>();
  #changed = new Set<string>();

  submitted(id: string, fun: string, now: number): void {
    const job: JobView = {
      id,
      fun,
      about: '',
      at: now,
      answeredAfter: null,
      status: 'sent',
      good: null,
      answer: '',
      calledBackAfter: null,
      callbackError: '',
    };
    this.#jobs.set(id, job);
    this.#changed.add(id);
    const oldest = this.#jobs.size > maxJobs ? this.#jobs.keys().next().value : undefined;
    if (oldest !== undefined) this.#jobs.delete(oldest);
  }

  describe(id: string, about: string): void {
    const job = this.#jobs.get(id);
    if (!job) return;
    job.about = about;
    this.#changed.add(id);
  }

  published(entry: BusEntry, now: number): void {
    if (entry.detailType !== jobResultDetailType) return;
    const parsed = jobResultSchema.safeParse(JSON.parse(entry.detail));
    if (!parsed.success) return;
    const { jobId, status, result } = parsed.data;
    const job = this.#jobs.get(jobId);
    if (!job) return;
    const failure = failureOf(parsed.data, job.fun);
    job.answeredAfter = now - job.at;
    job.status = status;
    job.good = failure === undefined;
    const first: unknown = Array.isArray(result) ? result[0] : result;
    job.answer = (failure ?? answerText(first)).slice(0, 300);
    this.#changed.add(jobId);
  }

  gateway(batch: GatewayBatch, answer: GatewayAnswer, now: number): void {
    for (const result of batch.results) {
      const job = this.#jobs.get(result.jobId);
      if (!job || result.callback.res_method === undefined) continue;
      const failed = answer.failed.find((failure) => failure.rule === result.jobId);
      job.calledBackAfter = now - job.at;
      job.callbackError = failed?.error ?? '';
      this.#changed.add(job.id);
    }
  }

  list(): JobView[] {
    return [...this.#jobs.values()];
  }

  flush(): JobView[] | undefined {
    if (this.#changed.size === 0) return undefined;
    const changed = this.list().filter((job) => this.#changed.has(job.id));
    this.#changed = new Set();
    return changed;
  }
}

function answerText(first: unknown): string {
  if (typeof first !== 'object' || first === null) return JSON.stringify(first ?? null);
  const reply = first as Record<string, unknown>;
  const words = ['Response', 'Message', 'Ping'].map((header) => reply[header]);
  const text = words.filter((word) => typeof word === 'string' && word !== '').join(' · ');
  return text === '' ? JSON.stringify(first) : text;
}
