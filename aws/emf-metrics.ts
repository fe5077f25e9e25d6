/**
 * Metrics as CloudWatch's Embedded Metric Format: a line of JSON on standard output, no call, no delay. Powertools'
 * metrics are not used: they put a dimension `service` on everything, and each set of dimensions is paid for.
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
 */
const namespace = 'OdooPBX';
/** What one EMF object may hold. */
const maxMetrics = 100;

export interface EmfMetricsOptions {
  readonly platform: string;
  /** Unix milliseconds. */
  readonly now: () => number;
  /** Takes a line without its end; default standard output. */
  readonly write?: (line: string) => void;
}

/** Counts of one tenant, or of the platform. Never of a PBX: a custom metric costs more than its traffic. */
export interface EmfCounts {
  /** Adds to the metric; 0 makes it known. */
  count(name: string, by?: number): void;
}

export interface EmfMetrics {
  /** Dimensions `platform` and `tenant`; without a tenant `platform` alone. */
  of(tenant?: string): EmfCounts;
  /** Writes what was counted since the last time. At the end of every invocation. */
  publish(): void;
}

export function createEmfMetrics({ platform, now, write = writeLine }: EmfMetricsOptions): EmfMetrics {
  const counted = new Map<string | undefined, Map<string, number>>();
  return {
    of: (tenant) => ({
      count(name, by = 1) {
        const counts = counted.get(tenant) ?? new Map<string, number>();
        counted.set(tenant, counts.set(name, (counts.get(name) ?? 0) + by));
      },
    }),
    publish() {
      for (const [tenant, counts] of counted) {
        const dimensions = tenant === undefined ? { platform } : { platform, tenant };
        const all = [...counts];
        for (let from = 0; from < all.length; from += maxMetrics) {
          write(JSON.stringify(emfObject(dimensions, all.slice(from, from + maxMetrics), now())));
        }
      }
      counted.clear();
    },
  };
}

function emfObject(dimensions: Record<string, string>, counts: [string, number][], now: number): object {
  const Metrics = counts.map(([Name]) => ({ Name, Unit: 'Count' }));
  return {
    _aws: {
      Timestamp: now,
      CloudWatchMetrics: [{ Namespace: namespace, Dimensions: [Object.keys(dimensions)], Metrics }],
    },
    ...dimensions,
    ...Object.fromEntries(counts),
  };
}

function writeLine(line: string): void {
  process.stdout.write(`${line}\n`);
}
