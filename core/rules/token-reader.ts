import { ConditionSyntaxError } from './condition-error.ts';
import { allowedValues } from './language.ts';
import { columnOf, tokenize, type Token } from './tokens.ts';

/** Walks over the tokens and says where and why something does not fit. */
export class TokenReader {
  readonly #source: string;
  readonly #tokens: readonly Token[];
  #next = 0;

  constructor(source: string) {
    this.#source = source;
    this.#tokens = tokenize(source);
  }

  peek(ahead = 0): Token {
    return this.#tokens[this.#next + ahead] ?? { kind: 'end', text: '', at: this.#source.length };
  }

  take(): Token {
    const token = this.peek();
    this.#next += 1;
    return token;
  }

  /** True when the next token is this operator or keyword. */
  sees(text: string, ahead = 0): boolean {
    const token = this.peek(ahead);
    return (token.kind === 'op' || token.kind === 'name') && token.text === text;
  }

  /** Takes the token when it is this operator or keyword. */
  skip(text: string): boolean {
    if (!this.sees(text)) return false;
    this.#next += 1;
    return true;
  }

  expect(text: string): void {
    if (!this.skip(text)) throw this.unexpected(`expected "${text}"`);
  }

  /** The next token has no place here. */
  unexpected(hint: string = allowedValues): ConditionSyntaxError {
    const token = this.peek();
    if (token.kind === 'refused') return this.error(token.message, token);
    if (token.kind === 'end') return this.error(`the condition ends too early; ${hint}`, token);
    return this.error(`unexpected ${shown(token)}; ${hint}`, token);
  }

  error(message: string, token: Token): ConditionSyntaxError {
    return new ConditionSyntaxError(message, columnOf(this.#source, token.at));
  }
}

function shown(token: Token): string {
  return token.kind === 'literal' ? token.text.slice(0, 40) : `"${token.text.slice(0, 40)}"`;
}
