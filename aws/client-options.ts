export interface ClientTimes {
  /** For one request, answer included. */
  readonly requestMs?: number;
  readonly connectMs?: number;
  /** The first try included; the SDK waits with jitter between them. */
  readonly attempts?: number;
}

/** Retries and time-outs for every SDK client of ours: `new SSMClient({ ...clientOptions() })`. */
export function clientOptions({ requestMs = 5000, connectMs = 2000, attempts = 3 }: ClientTimes = {}) {
  return {
    maxAttempts: attempts,
    requestHandler: {
      connectionTimeout: connectMs,
      requestTimeout: requestMs,
      // Without it a request that takes too long is merely remarked upon.
      throwOnRequestTimeout: true,
    },
  };
}

/** The same for SQS: the endpoint is the client's own, as an emulator's queue URLs name AWS's host. */
export function sqsClientOptions(times: ClientTimes = {}) {
  return { ...clientOptions(times), useQueueUrlAsEndpoint: false };
}
