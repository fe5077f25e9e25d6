/** What a reader of literals gives: where the token ends, and its value or why it is refused. */
export type Literal<T> = { end: number; value: T } | { end: number; refused: string };
