import type { AmiReply } from '#core/ports/ami.ts';

/** Bounds of what one connection may make the framer hold. Beyond them input is counted as damaged and skipped. */
export interface FramerLimits {
  /** Bytes of one message. A `Command` may print megabytes. */
  maxMessageBytes: number;
  /** Lines of one message (`Output:` repeats once per line). */
  maxHeaders: number;
}

export const defaultFramerLimits: FramerLimits = { maxMessageBytes: 8 * 1024 * 1024, maxHeaders: 100_000 };

/** Names of the events to parse: all, some, or none (count only). Responses are always parsed. */
export type Wanted = 'all' | 'none' | ReadonlySet<string>;

export type AmiMessage =
  /** The first line of a connection. */
  | { kind: 'banner'; text: string }
  | { kind: 'response'; headers: AmiReply }
  | { kind: 'event'; headers: AmiReply };

export interface FramerOptions {
  wanted: Wanted;
  limits?: Partial<FramerLimits>;
  /** Whether the stream begins with a banner. Default true. */
  banner?: boolean;
}

export interface FramerCounts {
  /** Whole messages found: those taken and those skipped. */
  messages: number;
  /** Events that were not wanted. */
  skipped: number;
  /** Pieces of input that are no message: cut off, merged with the next, too large, or garbage. */
  damaged: number;
  /** Lines without a header inside messages that were taken. */
  malformedLines: number;
}
