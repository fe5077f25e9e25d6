/** One action as a session received it. Header names compare without regard to case, as in Asterisk. */
export class AmiRequest {
  readonly #headers: readonly (readonly [name: string, value: string])[];

  constructor(headers: readonly (readonly [name: string, value: string])[]) {
    this.#headers = headers.map(([name, value]) => [name.toLowerCase(), value]);
  }

  /** The first header of that name, '' without one. */
  get(name: string): string {
    const wanted = name.toLowerCase();
    return this.#headers.find(([header]) => header === wanted)?.[1] ?? '';
  }

  all(name: string): string[] {
    const wanted = name.toLowerCase();
    return this.#headers.filter(([header]) => header === wanted).map(([, value]) => value);
  }

  /** Everything but these, in order. */
  except(...names: readonly string[]): (readonly [name: string, value: string])[] {
    return this.#headers.filter(([header]) => !names.includes(header));
  }

  get actionId(): string {
    return this.get('ActionID');
  }
}
