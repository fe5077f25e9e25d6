import { createHash } from 'node:crypto';
import { holdersIn, type Part } from './licences.ts';

/** Licences that every Debian has the text of; Policy 12.5 wants a reference instead of a copy. */
const common: Readonly<Record<string, string>> = {
  'Apache-2.0': '/usr/share/common-licenses/Apache-2.0',
  'LGPL-3.0-or-later': '/usr/share/common-licenses/LGPL-3',
};

/** A text as the continuation of a field: one space in front, a dot where a line is empty. */
function indented(text: string): string {
  return text.split('\n').map((line) => (line.trim() === '' ? ' .' : ` ${line.trimEnd()}`)).join('\n'); // prettier-ignore
}

/**
 * debian/copyright in the machine-readable form (DEP 5,
 * https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/): the product, Node, and every package that went
 * into the bundle; each licence text once.
 */
export function debianCopyright(ownLicense: string, parts: readonly Part[]): string {
  const texts = new Map<string, string>();
  const paragraphs = parts.map((part) => {
    const license = licenseName(part, texts);
    const holders = holdersIn(part.text);
    const named = holders.length > 0 ? holders : [`the authors of ${part.name}`];
    const comment = [`${part.name} ${part.version}`, ...(part.notice === '' ? [] : [part.notice])].join('\n');
    return [
      `Files: ${part.path}`,
      `Copyright: ${named.join('\n           ')}`,
      `License: ${license}`,
      `Comment:\n${indented(comment)}`,
    ].join('\n');
  });
  const head = [
    'Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/',
    'Upstream-Name: odoopbx-serverless',
    'Comment: usr/lib/odoopbx-agent/app is bundled from the files of the sources that are listed here.',
  ].join('\n');
  const product = `Files: *\nCopyright: the authors of odoopbx-serverless\nLicense: ${ownLicense}`;
  if (common[ownLicense] !== undefined) texts.set(ownLicense, reference(ownLicense));
  const licenses = [...texts].map(([name, text]) => `License: ${name}\n${indented(text)}`);
  return `${[head, product, ...paragraphs, ...licenses].join('\n\n')}\n`;
}

/** A short name of its own for each text: MIT of two authors differs by their names. */
function licenseName(part: Part, texts: Map<string, string>): string {
  if (common[part.license] !== undefined) {
    texts.set(part.license, reference(part.license));
    return part.license;
  }
  const text = part.text === '' ? `As ${part.name} says in its package.json: ${part.license}.` : part.text;
  const known = [...texts].find(([, other]) => other === text)?.[0];
  if (known !== undefined) return known;
  const plain = part.license.replace(/[^\w.+-]+/g, '-');
  const name = `${plain}-${createHash('sha256').update(text).digest('hex').slice(0, 8)}`;
  texts.set(name, text);
  return name;
}

function reference(license: string): string {
  return `On Debian systems the full text of this licence is in ${common[license]}.`;
}
