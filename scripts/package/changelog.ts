/** The bullets of a version's section of CHANGELOG.md, or of "Unreleased" while it has none; each one line. */
export function changesOf(changelog: string, version: string): string[] {
  const sections = changelog.split(/^## /m).slice(1);
  const section =
    sections.find((text) => titleOf(text).startsWith(version)) ??
    sections.find((text) => titleOf(text).startsWith('unreleased')) ??
    '';
  return section
    .split(/^- /m)
    .slice(1)
    .map((bullet) => bullet.replace(/\n(?:#|\n)[\s\S]*$/, '').replace(/\s+/g, ' ').trim()); // prettier-ignore
}

function titleOf(section: string): string {
  return (section.split('\n')[0] ?? '').replace(/^\[?v?/, '').toLowerCase();
}

export interface DebianChange {
  /** Debian's, with the revision. */
  readonly version: string;
  readonly maintainer: string;
  /** Unix seconds. */
  readonly epoch: number;
  readonly changes: readonly string[];
}

const width = 78;

/** debian/changelog with one entry (Debian Policy 4.4). */
export function debianChangelog({ version, maintainer, epoch, changes }: DebianChange): string {
  const lines = changes.flatMap((change) => wrap(change, width - 4).map((line, place) => (place === 0 ? '  * ' : '    ') + line)); // prettier-ignore
  const date = new Date(epoch * 1000).toUTCString().replace('GMT', '+0000');
  const head = `odoopbx-agent (${version}) stable; urgency=medium`;
  return [head, '', ...lines, '', ` -- ${maintainer}  ${date}`, ''].join('\n');
}

/** Breaks text at spaces; a word longer than the width has a line of its own. */
export function wrap(text: string, columns: number): string[] {
  const lines: string[] = [];
  for (const word of text.split(' ')) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + 1 + word.length <= columns)
      lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(word);
  }
  return lines;
}
