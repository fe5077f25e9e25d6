import { type CloudWatchClient, GetMetricDataCommand } from '@aws-sdk/client-cloudwatch';

export interface QueueAges {
  /** Seconds that the oldest message of each queue has waited; queues without a figure are left out. */
  oldest(queues: readonly string[]): Promise<ReadonlyMap<string, number>>;
}

/** CloudWatch takes so many metrics in one request, and bills each (a cent per thousand). */
const metricsPerRequest = 500;

export function cloudWatchQueueAges(client: CloudWatchClient, now: () => number): QueueAges {
  return {
    async oldest(queues) {
      const ages = new Map<string, number>();
      for (let start = 0; start < queues.length; start += metricsPerRequest) {
        const part = queues.slice(start, start + metricsPerRequest);
        const { MetricDataResults = [] } = await client.send(
          new GetMetricDataCommand({
            // SQS reports every minute, up to some minutes late.
            StartTime: new Date(now() - 600_000),
            EndTime: new Date(now()),
            ScanBy: 'TimestampDescending',
            MetricDataQueries: part.map((queue, place) => ({
              Id: `q${place}`,
              MetricStat: {
                Metric: {
                  Namespace: 'AWS/SQS',
                  MetricName: 'ApproximateAgeOfOldestMessage',
                  Dimensions: [{ Name: 'QueueName', Value: queue }],
                },
                Period: 60,
                Stat: 'Maximum',
              },
            })),
          }),
        );
        for (const { Id = '', Values = [] } of MetricDataResults) {
          const queue = part[Number(Id.slice(1))];
          const [latest] = Values;
          if (queue !== undefined && latest !== undefined) ages.set(queue, latest);
        }
      }
      return ages;
    },
  };
}
