import { Alarm, ComparisonOperator, type IMetric, TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { Construct } from 'constructs';

export interface AlarmProps {
  readonly metric: IMetric;
  /** The bounds that the metric must keep; one of them. */
  readonly above?: number;
  readonly below?: number;
  readonly description: string;
  /** So many periods of the metric in a row. */
  readonly periods?: number;
  /** The thing that is watched must report: silence is an alarm too. */
  readonly alsoWhenMissing?: boolean;
}

/** The alarms of a stack, all of them told to the platform's topic: when they go off and when they are over. */
export class Alarms extends Construct {
  readonly #prefix: string;
  readonly #action: SnsAction;

  /** `prefix` begins the alarms' names; the topic is known by its ARN, so that stacks need no exports. */
  constructor(scope: Construct, id: string, { prefix, topicArn }: { prefix: string; topicArn: string }) {
    super(scope, id);
    this.#prefix = prefix;
    this.#action = new SnsAction(Topic.fromTopicArn(this, 'Topic', topicArn));
  }

  add(id: string, props: AlarmProps): void {
    const { metric, above, below = 0, description, periods = 1, alsoWhenMissing = false } = props;
    const alarm = new Alarm(this, id, {
      alarmName: `${this.#prefix}-${id}`,
      alarmDescription: description,
      metric,
      threshold: above ?? below,
      comparisonOperator:
        above === undefined
          ? ComparisonOperator.LESS_THAN_THRESHOLD
          : ComparisonOperator.GREATER_THAN_THRESHOLD,
      evaluationPeriods: periods,
      treatMissingData: alsoWhenMissing ? TreatMissingData.BREACHING : TreatMissingData.NOT_BREACHING,
    });
    alarm.addAlarmAction(this.#action);
    alarm.addOkAction(this.#action);
  }
}
