import { Duration } from 'aws-cdk-lib';
import { Dashboard, GraphWidget, type IMetric, MathExpression } from 'aws-cdk-lib/aws-cloudwatch';
import { Construct } from 'constructs';
import type { ResourceNames } from '../../core/fleet/resource-names.ts';

const period = Duration.minutes(5);

/**
 * The metric of everything whose name has these words, as CloudWatch finds it: tenants come and go without touching
 * the platform. What is in quotes must match as a whole; words without quotes may be anywhere in a name.
 */
function search(schema: string, metric: string, statistic: string, name: string): IMetric {
  const words = name.replaceAll(/[^a-z0-9]+/g, ' ').trim();
  const expression = `SEARCH('{${schema}} MetricName="${metric}" ${words}', '${statistic}')`;
  return new MathExpression({ expression, usingMetrics: {}, label: '', period });
}

function queues(metric: string, name: string): IMetric {
  return search('AWS/SQS,QueueName', metric, 'Maximum', name);
}

function graph(title: string, ...left: IMetric[]): GraphWidget {
  return new GraphWidget({ title, left, width: 8, height: 6 });
}

/** Whether events and jobs flow, for all tenants on one page. */
export class PlatformDashboard extends Construct {
  constructor(scope: Construct, id: string, names: ResourceNames) {
    super(scope, id);
    const functions = (metric: string, statistic: string) =>
      search('AWS/Lambda,FunctionName', metric, statistic, names.platformFunction(''));
    const ours = (metric: string) => search('OdooPBX,platform,tenant', metric, 'Maximum', names.bus);
    const rows = [
      [
        graph('Oldest in the inboxes, seconds', queues('ApproximateAgeOfOldestMessage', names.inbox(''))),
        graph(
          'Parked and undelivered',
          queues('ApproximateNumberOfMessagesVisible', names.parked('')),
          queues('ApproximateNumberOfMessagesVisible', names.undelivered('')),
        ),
        graph('Silent agents', ours('AgentsSilent')),
      ],
      [
        graph('Invocations', functions('Invocations', 'Sum')),
        graph('Errors and throttles', functions('Errors', 'Sum'), functions('Throttles', 'Sum')),
        graph('Duration, milliseconds', functions('Duration', 'p95')),
      ],
    ];
    new Dashboard(this, 'Dashboard', { dashboardName: names.dashboard, widgets: rows });
  }
}
