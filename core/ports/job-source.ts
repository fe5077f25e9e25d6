export interface ReceivedJob {
  /** The message body as it came: not yet parsed. */
  body: string;
  /** Handle to delete the message by. */
  receipt: string;
}

/** A PBX's job queue as the edge sees it: SQS, or a table of standalone. */
export interface JobSource {
  /** Long poll: resolves with 0 to `max` (at most 10) messages after at most `waitMs`, or when `signal` aborts. */
  receive(options: { max: number; waitMs: number; signal?: AbortSignal }): Promise<ReceivedJob[]>;
  delete(receipt: string): Promise<void>;
}
