import {
  CloudFormationServiceException,
  DeleteStackCommand,
  DescribeStacksCommand,
  type CloudFormationClient,
  type Stack,
} from '@aws-sdk/client-cloudformation';

export interface StackState {
  readonly name: string;
  /** As CloudFormation spells it: `UPDATE_COMPLETE`. */
  readonly status: string;
  readonly reason: string | undefined;
  /** Unix seconds of the last change. */
  readonly changedAt: number | undefined;
  readonly outputs: Readonly<Record<string, string>>;
}

export interface Stacks {
  find(name: string): Promise<StackState | undefined>;
  /** Every stack of the region that has not been deleted, by name. */
  all(): Promise<ReadonlyMap<string, StackState>>;
  /** Begins the deletion; `find` tells how it goes. */
  delete(name: string): Promise<void>;
}

export function cloudFormationStacks(client: CloudFormationClient): Stacks {
  return {
    async find(name) {
      try {
        const { Stacks = [] } = await client.send(new DescribeStacksCommand({ StackName: name }));
        const [found] = Stacks;
        return found && stateOf(found);
      } catch (error) {
        // CloudFormation has no error of its own for a stack that is not there.
        if (error instanceof CloudFormationServiceException && /does not exist/.test(error.message))
          return undefined;
        throw error;
      }
    },
    async all() {
      const found = new Map<string, StackState>();
      let token: string | undefined;
      do {
        const page = await client.send(new DescribeStacksCommand({ NextToken: token }));
        for (const stack of page.Stacks ?? []) found.set(stack.StackName ?? '', stateOf(stack));
        token = page.NextToken;
      } while (token);
      return found;
    },
    async delete(name) {
      await client.send(new DeleteStackCommand({ StackName: name }));
    },
  };
}

function stateOf(stack: Stack): StackState {
  const changed = stack.LastUpdatedTime ?? stack.CreationTime;
  return {
    name: stack.StackName ?? '',
    status: stack.StackStatus ?? 'UNKNOWN',
    reason: stack.StackStatusReason,
    changedAt: changed && changed.getTime() / 1000,
    outputs: Object.fromEntries(
      (stack.Outputs ?? []).map(({ OutputKey = '', OutputValue = '' }) => [OutputKey, OutputValue]),
    ),
  };
}
