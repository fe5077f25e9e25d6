import * as z from 'zod';

const problemSchema = z.object({ code: z.string(), message: z.string() });
/** Instants in Unix seconds. */
const callsSchema = z.object({ succeededAt: z.number().nullable(), problem: problemSchema.nullable() });

/** How it stands between this PBX and AWS. It stays on the PBX: who could read it elsewhere knows already. */
export const cloudStatusSchema = z.object({
  region: z.string(),
  credentials: z.object({ validUntil: z.number().nullable(), problem: problemSchema.nullable() }),
  /** PutEvents. */
  events: callsSchema,
  /** The job queue. */
  jobs: callsSchema,
  /** How far this PBX's clock is ahead of AWS's (negative: behind). */
  clockAheadSeconds: z.number().nullable(),
});
export type CloudStatus = z.infer<typeof cloudStatusSchema>;

/** From here on the times in Odoo's records are visibly wrong. */
const wrongSeconds = 60;

/** Nothing goes to AWS, or nothing comes from there. */
export function cloudFails({ events, jobs }: CloudStatus): boolean {
  return events.problem !== null || jobs.problem !== null;
}

/** Rows for a person; `since` tells how long ago an instant was. */
export function showCloud(
  { region, credentials, events, jobs, clockAheadSeconds }: CloudStatus,
  nowSeconds: number,
  age: (seconds: number) => string,
): [string, string][] {
  const calls = ({ succeededAt, problem }: CloudStatus['events'], verb: string) => {
    const last =
      succeededAt === null ? `nothing ${verb} yet` : `${verb} ${age(nowSeconds - succeededAt)} ago`;
    return problem === null ? last : `${last}; fails: ${problem.message} (${problem.code})`;
  };
  const { validUntil, problem } = credentials;
  const valid = validUntil === null ? 'none' : `valid for ${age(validUntil - nowSeconds)}`;
  return [
    ['Cloud', `${region}, events ${calls(events, 'taken')}`],
    ['Job queue', calls(jobs, 'heard of')],
    ['Credentials', problem === null ? valid : `${valid}; no new ones: ${problem.message} (${problem.code})`],
    ...(clockAheadSeconds === null ? [] : [['Clock', showClock(clockAheadSeconds)] as [string, string]]),
  ];
}

function showClock(aheadSeconds: number): string {
  if (Math.abs(aheadSeconds) < wrongSeconds) return "agrees with AWS's";
  const distance = `${Math.abs(aheadSeconds)} s ${aheadSeconds > 0 ? 'ahead of' : 'behind'} AWS's`;
  return `${distance}: events carry the wrong time, set the clock (NTP)`;
}
