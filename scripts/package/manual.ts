/** What `--help` of the program and of each of its commands prints. */
export interface HelpText {
  readonly program: string;
  readonly commands: ReadonlyMap<string, string>;
}

/** The names in the "Commands:" part of commander's help. */
export function commandNames(help: string): string[] {
  const part = /^Commands:\n((?: .*\n?)+)/m.exec(help)?.[1] ?? '';
  const names = [...part.matchAll(/^ {2}([a-z][\w-]*)/gm)].map(([, name = '']) => name);
  return names.filter((name) => name !== 'help');
}

/** The manual page of section 8, made from what the program itself says. */
export function manualPage(help: HelpText, { version, epoch }: { version: string; epoch: number }): string {
  const date = new Date(epoch * 1000).toISOString().slice(0, 10);
  const sections = [...help.commands].map(([name, text]) => `.SS ${name}\n${verbatim(text)}`);
  return [
    `.TH ODOOPBX-AGENT 8 ${date} "odoopbx-agent ${version}" "System administration"`,
    '.SH NAME',
    'odoopbx\\-agent \\- connects Asterisk with Odoo',
    '.SH SYNOPSIS',
    '.B odoopbx\\-agent',
    '.I command',
    '.RI [ options ]',
    '.SH DESCRIPTION',
    verbatim(help.program),
    '.SH COMMANDS',
    ...sections,
    '.SH FILES',
    '/etc/odoopbx\\-agent/, /var/lib/odoopbx\\-agent/, /etc/default/odoopbx\\-agent;',
    'an example of a configuration: /usr/share/doc/odoopbx\\-agent/examples/config.yaml',
    '',
  ].join('\n');
}

/** Text as it stands: troff would fill it, and read a leading dot or quote as a request. */
function verbatim(text: string): string {
  const escaped = text
    .trim()
    .replaceAll('\\', '\\e')
    .replaceAll('-', '\\-')
    .replace(/^([.'])/gm, '\\&$1');
  return `.nf\n${escaped}\n.fi`;
}
