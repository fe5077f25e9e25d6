import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Fills the `{{name}}` places of a file beside this module. */
export function fillTemplate(file: string, values: Readonly<Record<string, string | number>>): string {
  const template = readFileSync(join(import.meta.dirname, file), 'utf8');
  return template.replaceAll(/\{\{(\w+)\}\}/g, (_, name: string) => {
    const value = values[name];
    if (value === undefined) throw new Error(`${file} names {{${name}}}, which has no value`);
    return String(value);
  });
}
