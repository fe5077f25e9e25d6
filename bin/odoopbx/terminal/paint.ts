import { styleText } from 'node:util';

export type Colour = 'green' | 'yellow' | 'red' | 'dim' | 'bold';

export type Paint = (colour: Colour, text: string) => string;

/** Colours on a terminal alone, and never with NO_COLOR (https://no-color.org) or a terminal that knows none. */
export function paintFor(isTTY: boolean, env: Readonly<Record<string, string | undefined>>): Paint {
  const colours = isTTY && !env['NO_COLOR'] && env['TERM'] !== 'dumb';
  return colours ? (colour, text) => styleText(colour, text, { validateStream: false }) : (_, text) => text;
}
