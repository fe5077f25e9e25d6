import type { Expression } from './syntax-tree.ts';
import type { TokenReader } from './token-reader.ts';
import type { Token } from './tokens.ts';

/** What the readers of atoms and trailers need of the parser that they are part of. */
export interface Parser {
  readonly tokens: TokenReader;
  /** `a if b else c` and everything that binds closer. */
  expression(): Expression;
  /** Expressions up to `closer`, a trailing comma allowed; the closer is taken. */
  listUntil(closer: string): { items: Expression[]; comma: boolean };
  /** The node, refused when it is nested too deeply. */
  node(expression: Expression, token: Token): Expression;
}
