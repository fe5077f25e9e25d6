import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as z from 'zod';

export interface Finding {
  /** `AwsSolutions-SQS3`, … */
  readonly rule: string;
  readonly severity: string;
  readonly description: string;
  /** Paths of the constructs. */
  readonly at: readonly string[];
  /** Why it is acknowledged; undefined: it is not. */
  readonly reason: string | undefined;
}

/** In the folder of the synthesis. */
export const reportFile = 'validation-report.json';

const violationSchema = z.object({
  ruleName: z.string(),
  severity: z.string().default(''),
  description: z.string(),
  violatingConstructs: z.array(z.object({ constructPath: z.string().optional() })).default([]),
  reason: z.string().optional(),
});
const reportSchema = z.object({
  pluginReports: z.array(
    z.object({
      violations: z.array(violationSchema),
      suppressedViolations: z.array(violationSchema).default([]),
    }),
  ),
});

/** What the checks found at a synthesis into this folder, acknowledged or not. */
export function readFindings(outdir: string): Finding[] {
  const report = reportSchema.parse(JSON.parse(readFileSync(join(outdir, reportFile), 'utf8')));
  return report.pluginReports
    .flatMap(({ violations, suppressedViolations }) => [...violations, ...suppressedViolations])
    .map(({ ruleName, severity, description, violatingConstructs, reason }) => ({
      rule: ruleName,
      severity,
      description,
      at: violatingConstructs.map(({ constructPath }) => constructPath ?? ''),
      reason,
    }));
}
