import { type CloudWatchClient, DescribeAlarmsCommand } from '@aws-sdk/client-cloudwatch';

export interface Alarm {
  readonly name: string;
  readonly reason: string;
}

export interface Alarms {
  /** Alarms whose names begin so and that ring now. */
  ringing(prefix: string): Promise<Alarm[]>;
}

export function cloudWatchAlarms(client: CloudWatchClient): Alarms {
  return {
    async ringing(prefix) {
      const found: Alarm[] = [];
      let token: string | undefined;
      do {
        const page = await client.send(
          new DescribeAlarmsCommand({ AlarmNamePrefix: prefix, StateValue: 'ALARM', NextToken: token }),
        );
        for (const { AlarmName = '', StateReason = '', StateValue } of page.MetricAlarms ?? []) {
          if (StateValue === 'ALARM') found.push({ name: AlarmName, reason: StateReason });
        }
        token = page.NextToken;
      } while (token);
      return found;
    },
  };
}
