/** Bounds of what one connection may make the framer hold. Beyond them input is counted as damaged and skipped. */
export interface FramerLimits {
  /** Bytes of one message. A `Command` may print megabytes. */
  maxMessageBytes: number;
  /** Lines of one message (`Output:` repeats once per line). */
  maxHeaders: number;
}

export const defaultFramerLimits: FramerLimits = { maxMessageBytes: 8 * 1024 * 1024, maxHeaders: 100_000 };
