/** Randomness, passed in. */
export interface Random {
  /** In [0, 1), for jitter. */
  fraction(): number;
  /** A fresh UUID. */
  uuid(): string;
}
