import type { AmiEvent, AmiValue } from '#core/contracts/ami-event.ts';
import type { SeededRandom } from './seeded-random.ts';

const keys = [
  'Event',
  'Channel',
  'Uniqueid',
  'Exten',
  'Variable',
  'EventTime',
  '_truncated',
  '__proto__',
  'Größe',
];

// Characters that all supported versions of Python and Node know alike, and that are known for trouble.
const texts = [
  '| |a|b|ab|abc|aaa|A|Hangup|Local/|Local/101@x-1;2|PJSIP/101-0000001a|/asterisk/var/spool/x.wav|x=1|A=1',
  '0|1|12|-5|+3|--3| 7 |007|1_0|1__0|_1|1_|0x1f|0X1F|0b101|0o17|123456789012345678901234567890|9007199254740993',
  '1.5|.5|5.|1e3|1_0.0_1e1_0|1e|e1|1e400|-1e-400|nan|-NaN|inf|-Infinity|ff|zz|True|None|it\'s|"q"|\'"',
  'ß|ẞ|İ|ı|I|\u0130x|ΑΣ|ΑΣ Β|σς|ŉ|ǅ|ﬁ|é|e\u0301|Ⅻ|ⓐ|²|½|①|١٢|٣.٥|１２|😀|a😀b|😀😀|\u{1d7d8}|\u{10000}|\ue000',
  '\uffee|\u{10ffff}|\u200b|\ufeff|\u00ad|\n|\t|\r\n|\x00|\x1c1|\x1f|\x7f|\x85|\u00a0x\u3000|\u2028|\u180e|\u205f 1',
  'a\\b|a b  c| a |a,b,,c|,|,,|  |a\tb\nc',
].flatMap((line) => line.split('|'));

const damages = [
  `(~)~[~]~{~}~,~:~.~'~"~\\~=~==~!~!=~<~<>~-~+~*~**~/~%~@~&~|~^~<<~?~;~\`~$~#~0~1~07~_~1_~1j~.5~ ~\n`,
  ' not ~ in ~ is ~ is not ~ and ~ or ~ if ~ else ~ for ~ lambda ~f~b~r~u~...~event~.lower~.get~.lower()~len',
  'len()~print~x=~:=~*event~None',
]
  .flatMap((line) => line.split('~'))
  .concat('~');

const types = ['text', 'int', 'float', 'bool', 'none', 'list', 'tuple', 'set', 'dict', 'keys'] as const;
type Type = (typeof types)[number];

export function generateEvent(random: SeededRandom): AmiEvent {
  const pairs = keys.flatMap((key): [string, AmiValue][] => {
    if (random.chance(0.25)) return [];
    return [[key, headerValue(random)]];
  });
  return Object.fromEntries([['Event', 'Hangup'], ...pairs]);
}

function headerValue(random: SeededRandom): AmiValue {
  const kind = random.fraction();
  if (kind < 0.7) return random.pick(texts);
  if (kind < 0.82) return random.many(3, () => random.pick(texts));
  if (kind < 0.95) return random.pick([0, 1, -1, 1763840000, 1763840000.25, 0.5, 1e21, 9007199254740991]);
  return random.chance(0.5);
}

/** Random expressions over the language's grammar: mostly well-typed, sometimes not. */
export class ConditionGenerator {
  readonly #random: SeededRandom;

  constructor(random: SeededRandom) {
    this.#random = random;
  }

  expression(): string {
    const random = this.#random;
    return this.#of(random.chance(0.5) ? 'bool' : random.pick(types), 1 + random.below(4));
  }

  /** An expression in which something was damaged: it may still be one. */
  damaged(): string {
    const random = this.#random;
    const source = this.expression();
    const at = random.below(source.length + 1);
    const piece = random.pick(damages);
    const cut = random.chance(0.5) ? random.below(3) : 0;
    return source.slice(0, at) + (random.chance(0.8) ? piece : '') + source.slice(at + cut);
  }

  #of(type: Type, depth: number): string {
    const random = this.#random;
    if (random.chance(0.06)) return this.#of(random.pick(types), depth - 1);
    if (depth <= 0) return this.#leaf(type);
    const roll = random.fraction();
    if (roll < 0.08) return this.#conditional(type, depth);
    if (roll < 0.16) return this.#operands(random.pick([' and ', ' or ']), type, depth);
    if (roll < 0.2) return `(${this.#of(type, depth - 1)})`;
    const make = () => this.#of(type, depth - 1);
    switch (type) {
      case 'text':
        return this.#text(depth);
      case 'int':
        return this.#int(depth);
      case 'float':
        return random.pick([
          () => `float(${this.#of(random.pick(['text', 'int', 'float', 'bool']), depth - 1)})`,
          () =>
            `${this.#primary('float', depth)} + ${this.#primary(random.pick(['int', 'float', 'bool']), depth)}`,
          () => `-${this.#primary('float', depth)}`,
          () => `event['EventTime']`,
        ])();
      case 'bool':
        return this.#bool(depth);
      case 'list':
        return random.pick([
          () => `[${random.many(3, () => this.#of(random.pick(types), depth - 1)).join(', ')}]`,
          () => `${this.#primary('list', depth)} + ${this.#primary('list', depth)}`,
          () => this.#slice(this.#primary('list', depth), depth),
          () => `${this.#primary('text', depth)}.split(${this.#splitArguments(depth)})`,
          () => `event['Variable']`,
        ])();
      case 'tuple':
        return random.pick([
          () => this.#tuple(random.many(3, () => this.#of(random.pick(types), depth - 1))),
          () => `${this.#primary('tuple', depth)} + ${this.#primary('tuple', depth)}`,
          () => this.#slice(this.#primary('tuple', depth), depth),
        ])();
      case 'set':
        return `{${[this.#hashable(depth), ...random.many(3, () => this.#hashable(depth))].join(', ')}}`;
      case 'dict':
        return random.pick(['event', 'event', `(${make()})`]);
      case 'keys':
        return 'event.keys()';
      case 'none':
        return random.pick(['None', `event.get(${this.#key()})`]);
    }
  }

  #leaf(type: Type): string {
    const random = this.#random;
    switch (type) {
      case 'text':
        return random.pick([() => this.#literal(random.pick(texts)), () => `event[${this.#key()}]`])();
      case 'int':
        return random.pick([
          '0',
          '1',
          '2',
          '-1',
          '3',
          '10',
          '0x1F',
          '0b11',
          '1_000',
          '99999999999999999999',
          '16',
          '36',
        ]);
      case 'float':
        return random.pick([
          '0.0',
          '1.0',
          '.5',
          '2.',
          '1e3',
          '1e16',
          '1e-5',
          '1e400',
          '-0.0',
          '1.1',
          '1e22',
          '123456.789',
        ]);
      case 'bool':
        return random.pick(['True', 'False']);
      case 'none':
        return 'None';
      case 'list':
        return random.pick(['[]', `[${this.#leaf('text')}]`, '[1, 2]', `event['Variable']`]);
      case 'tuple':
        return random.pick(['()', `(${this.#leaf('text')},)`, '(1, 2)', `(${this.#leaf('text')}, 'b')`]);
      case 'set':
        return random.pick([`{${this.#leaf('text')}}`, '{1, 2}', '{1, 1.0, True}', `{'a', 'b'}`]);
      case 'dict':
        return 'event';
      case 'keys':
        return 'event.keys()';
    }
  }

  #text(depth: number): string {
    const random = this.#random;
    const text = () => this.#primary('text', depth);
    return random.pick([
      () => `event[${this.#key()}]`,
      () => `event.get(${this.#key()}${random.chance(0.5) ? `, ${this.#of('text', depth - 1)}` : ''})`,
      () => `${text()} + ${text()}`,
      () => `${text()}.${random.pick(['lower', 'upper'])}()`,
      () =>
        `${text()}.${random.pick(['strip', 'lstrip', 'rstrip'])}(${random.chance(0.4) ? text() : random.pick(['', 'None'])})`,
      () => `${text()}.replace(${text()}, ${text()}${random.chance(0.3) ? `, ${this.#of('int', 0)}` : ''})`,
      () => `${text()}[${this.#of('int', depth - 1)}]`,
      () => this.#slice(text(), depth),
      () => `str(${this.#of(random.pick(types), depth - 1)})`,
    ])();
  }

  #int(depth: number): string {
    const random = this.#random;
    return random.pick([
      () => `len(${this.#of(random.pick(types), depth - 1)})`,
      () => `int(${this.#of(random.pick(['text', 'text', 'float', 'bool', 'int']), depth - 1)})`,
      () =>
        `int(${this.#of('text', depth - 1)}, ${random.pick(['0', '2', '8', '10', '16', '36', '37', '1', 'True', '-2'])})`,
      () => `${this.#primary('text', depth)}.find(${this.#of('text', depth - 1)}${this.#range(depth)})`,
      () => `${this.#primary('int', depth)} + ${this.#primary(random.pick(['int', 'bool']), depth)}`,
      () => `-${this.#primary('int', depth)}`,
    ])();
  }

  #bool(depth: number): string {
    const random = this.#random;
    const some = () => this.#primary(random.pick(types), depth);
    const affixes = () =>
      random.pick([() => this.#of('text', depth - 1), () => this.#of('tuple', depth - 1)])();
    const comparison = random.pick(['==', '!=', '<', '<=', '>', '>=']);
    return random.pick([
      () => `not ${this.#of(random.pick(types), depth - 1).replace(/^(.*( if | and | or ).*)$/s, '($1)')}`,
      () => {
        const type = random.pick(types);
        return `${this.#primary(type, depth)} ${comparison} ${this.#primary(type, depth)}`;
      },
      () => `${some()} ${comparison} ${some()}`,
      () => `${some()} ${comparison} ${some()} ${random.pick(['<', '==', 'in', '!=', '>='])} ${some()}`,
      () =>
        `${this.#primary('text', depth)} ${random.pick(['in', 'not in'])} ${this.#primary(random.pick(['text', 'list', 'tuple', 'set', 'dict', 'keys']), depth)}`,
      () =>
        `${some()} ${random.pick(['in', 'not in'])} ${this.#primary(random.pick(['list', 'tuple', 'set', 'dict', 'keys']), depth)}`,
      () => `${some()} ${random.pick(['is', 'is not'])} ${random.pick(['None', 'True', 'False'])}`,
      () =>
        `${this.#primary('text', depth)}.${random.pick(['startswith', 'endswith'])}(${affixes()}${this.#range(depth)})`,
      () => `${this.#primary('text', depth)}.isdigit()`,
      () =>
        `${random.pick(['any', 'all'])}(${this.#of(random.pick(['list', 'tuple', 'set', 'text', 'dict', 'keys']), depth - 1)})`,
      () => `bool(${this.#of(random.pick(types), depth - 1)})`,
    ])();
  }

  /** In parentheses unless it surely binds close enough. */
  #primary(type: Type, depth: number): string {
    const source = this.#of(type, depth - 1);
    return /^(?:event\[[^[\]]*\]|[A-Za-z]+)$/.test(source) ? source : `(${source})`;
  }

  #conditional(type: Type, depth: number): string {
    const test = this.#primary(this.#random.pick(types), depth);
    return `${this.#primary(type, depth)} if ${test} else ${this.#of(type, depth - 1)}`;
  }

  #operands(operator: string, type: Type, depth: number): string {
    const random = this.#random;
    const first = this.#primary(random.pick([type, ...types]), depth);
    return [first, ...random.many(2, () => this.#primary(type, depth))].join(operator);
  }

  #hashable(depth: number): string {
    return this.#of(this.#random.pick(['text', 'text', 'int', 'float', 'bool', 'none', 'tuple']), depth - 1);
  }

  #tuple(items: readonly string[]): string {
    return items.length === 1 ? `(${items[0]},)` : `(${items.join(', ')})`;
  }

  #slice(source: string, depth: number): string {
    const random = this.#random;
    const bound = () =>
      random.chance(0.4)
        ? ''
        : random.chance(0.1)
          ? this.#of(random.pick(types), 0)
          : this.#of('int', depth - 2);
    return `${source}[${bound()}:${bound()}${random.chance(0.4) ? `:${bound()}` : ''}]`;
  }

  #range(depth: number): string {
    const random = this.#random;
    const bound = () => (random.chance(0.2) ? 'None' : this.#of('int', depth - 2));
    return random.pick(['', '', `, ${bound()}`, `, ${bound()}, ${bound()}`]);
  }

  #splitArguments(depth: number): string {
    const random = this.#random;
    const separator = random.chance(0.4) ? 'None' : this.#of('text', depth - 1);
    return random.pick(['', separator, `${separator}, ${this.#of('int', 0)}`]);
  }

  #key(): string {
    const random = this.#random;
    return random.chance(0.9) ? this.#literal(random.pick(keys)) : this.#of(random.pick(types), 0);
  }

  /** The text as one of the literals that stand for it. */
  #literal(text: string): string {
    const random = this.#random;
    const raw = random.chance(0.15) && /^[ -~]*$/.test(text) && !/['\\]/.test(text);
    if (raw) return `${random.pick(['r', 'R', 'u', ''])}'${text}'`;
    const quote = random.pick([`'`, `"`, `'`, `'''`, `"""`]);
    const body = Array.from(text, (char) => this.#character(char)).join('');
    const literal = quote + body + quote;
    return random.chance(0.05) ? `${literal} ${this.#literal(random.pick(texts))}` : literal;
  }

  #character(char: string): string {
    const random = this.#random;
    const point = char.codePointAt(0) ?? 0;
    const hex = (digits: number) => point.toString(16).padStart(digits, '0');
    if (char === '\\' || char === `'` || char === '"') return `\\${char}`;
    if (point < 0x20 || point === 0x7f || random.chance(0.1)) {
      if (point < 0x100 && random.chance(0.5)) return `\\x${hex(2)}`;
      if (point < 0x80) return `\\${point.toString(8).padStart(3, '0')}`;
      return point < 0x10000 ? `\\u${hex(4)}` : `\\U${hex(8)}`;
    }
    return char;
  }
}
