/** What a client was asked: the command's name without "Command", and its input. */
export interface SentCommand {
  readonly name: string;
  readonly input: Record<string, unknown>;
}

type Answer = (command: SentCommand) => unknown;

/** Any SDK client; it answers by a function, and an Error that it returns is the service's. */
export function scriptedAwsClient(answer: Answer): { client: never; sent: SentCommand[] } {
  const sent: SentCommand[] = [];
  const send = async (command: { constructor: { name: string }; input: Record<string, unknown> }) => {
    const seen = { name: command.constructor.name.replace(/Command$/, ''), input: command.input };
    sent.push(seen);
    const value = await answer(seen);
    if (value instanceof Error) throw value;
    return value ?? {};
  };
  return { client: { send } as never, sent };
}

/** An error as the SDK throws it. */
export function awsError(name: string, message = 'as the service says'): Error {
  return Object.assign(new Error(message), { name });
}
