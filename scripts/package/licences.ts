import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as z from 'zod';

/** A part of the package that others wrote, and what they ask to be said of it. */
export interface Part {
  /** Where it lies: in the package (`usr/…`), or in the sources that the bundle was made of. */
  readonly path: string;
  readonly name: string;
  readonly version: string;
  /** SPDX, as its package.json says. */
  readonly license: string;
  readonly text: string;
  /** NOTICE of the Apache licence; empty where there is none. */
  readonly notice: string;
}

const manifestSchema = z.object({ name: z.string(), version: z.string(), license: z.string() });

/** What an npm package says of its licence. Without a text of its own, the SPDX name has to do. */
export function readPart(checkout: string, folder: string): Part {
  const manifest = manifestSchema.parse(
    JSON.parse(readFileSync(join(checkout, folder, 'package.json'), 'utf8')),
  );
  const files = readdirSync(join(checkout, folder)).toSorted();
  const read = (name: RegExp): string => {
    const file = files.find((candidate) => name.test(candidate));
    return file === undefined ? '' : readFileSync(join(checkout, folder, file), 'utf8').trim();
  };
  return {
    ...manifest,
    path: `${folder}/*`,
    text: read(/^(licen[cs]e|copying)(\.(md|txt))?$/i),
    notice: read(/^notice(\.(md|txt))?$/i),
  };
}

/** The lines in which a licence names who holds the copyright, without the word itself; each once. */
export function holdersIn(text: string): string[] {
  const lines = text.match(/^[^a-z\n]*copyright (\(c\)|©|\d{4}).*$/gim) ?? [];
  const holders = lines.map((line) => line.replace(/^[^a-z\n]*copyright (\(c\)|©)? */i, '').replace(/\.? *all rights reserved\.?/i, '').trim()); // prettier-ignore
  // "Copyright [yyyy] [name of copyright owner]" is the Apache licence's own example.
  return [...new Set(holders)].filter((holder) => holder !== '' && !holder.startsWith('['));
}
