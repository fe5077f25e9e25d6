import {
  CancelReplayCommand,
  DescribeArchiveCommand,
  DescribeReplayCommand,
  DescribeRuleCommand,
  type EventBridgeClient,
  ListTargetsByRuleCommand,
  ResourceNotFoundException,
  StartReplayCommand,
} from '@aws-sdk/client-eventbridge';

export interface ReplayRequest {
  readonly name: string;
  readonly archive: string;
  readonly bus: string;
  /** The one rule that gets the events again. */
  readonly rule: string;
  /** Unix milliseconds. */
  readonly from: number;
  readonly to: number;
}

export interface ReplayState {
  /** As EventBridge spells it: `STARTING`, `RUNNING`, `COMPLETED`, `FAILED`, `CANCELLING`, `CANCELLED`. */
  readonly status: string;
  readonly reason: string | undefined;
  /** Unix milliseconds: events up to there have been replayed. */
  readonly reachedAt: number | undefined;
}

export interface BusReplays {
  /** undefined: no such archive or rule. */
  start(request: ReplayRequest): Promise<ReplayState | undefined>;
  state(name: string): Promise<ReplayState>;
  cancel(name: string): Promise<void>;
  /** The message group by which the rule puts events into its FIFO queue; undefined: no such rule. */
  messageGroup(bus: string, rule: string): Promise<string | undefined>;
}

export function eventBridgeReplays(client: EventBridgeClient): BusReplays {
  return {
    async start({ name, archive, bus, rule, from, to }) {
      const [foundArchive, foundRule] = await Promise.all([
        orUndefined(client.send(new DescribeArchiveCommand({ ArchiveName: archive }))),
        orUndefined(client.send(new DescribeRuleCommand({ EventBusName: bus, Name: rule }))),
      ]);
      if (foundArchive?.EventSourceArn === undefined || foundRule?.Arn === undefined) return undefined;
      const { State, StateReason } = await client.send(
        new StartReplayCommand({
          ReplayName: name,
          EventSourceArn: foundArchive.ArchiveArn,
          EventStartTime: new Date(from),
          EventEndTime: new Date(to),
          Destination: { Arn: foundArchive.EventSourceArn, FilterArns: [foundRule.Arn] },
        }),
      );
      return { status: State ?? 'STARTING', reason: StateReason, reachedAt: undefined };
    },
    async state(name) {
      const replay = await client.send(new DescribeReplayCommand({ ReplayName: name }));
      return {
        status: replay.State ?? 'STARTING',
        reason: replay.StateReason,
        reachedAt: replay.EventLastReplayedTime?.getTime(),
      };
    },
    async cancel(name) {
      await client.send(new CancelReplayCommand({ ReplayName: name }));
    },
    async messageGroup(bus, rule) {
      const found = await orUndefined(
        client.send(new ListTargetsByRuleCommand({ EventBusName: bus, Rule: rule })),
      );
      return found?.Targets?.find(({ SqsParameters }) => SqsParameters)?.SqsParameters?.MessageGroupId;
    },
  };
}

async function orUndefined<T>(answer: Promise<T>): Promise<T | undefined> {
  try {
    return await answer;
  } catch (error) {
    if (error instanceof ResourceNotFoundException) return undefined;
    throw error;
  }
}
