/** An AWS SDK client whose service never answers: a command ends when its caller gives it up. */
export function hangingAwsClient(): never {
  const client = {
    send: (_command: unknown, options?: { abortSignal?: AbortSignal }) =>
      new Promise((_, reject) => {
        const giveUp = () => reject(new Error('Request aborted'));
        if (options?.abortSignal?.aborted === true) giveUp();
        options?.abortSignal?.addEventListener('abort', giveUp);
      }),
  };
  return client as never;
}
