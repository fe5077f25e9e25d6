/** Time, passed in. */
export interface Timers {
  /** Milliseconds of a clock that never jumps back. */
  now(): number;
  /** Does it once, later; the answer calls it off. */
  after(ms: number, deed: () => void): () => void;
}
