import { expect, it } from 'vitest';
import { commandNames, manualPage } from '#scripts/package/manual.ts';

const help = `Usage: odoopbx-agent [options] [command]

Commands:
  run [options]       run
                      on and on
  check-config        check
  help [command]      display help

Exit codes: 0
`;

it('finds the commands in the help, without help itself', () => {
  expect(commandNames(help)).toEqual(['run', 'check-config']);
  expect(commandNames('Usage: x')).toEqual([]);
});

it('writes a page that troff can not misread', () => {
  const commands = new Map([['run', ".hidden\n'quoted\nback\\slash --flag"]]);
  const page = manualPage({ program: help, commands }, { version: '1.2.3', epoch: 0 });
  expect(page).toContain('.TH ODOOPBX-AGENT 8 1970-01-01 "odoopbx-agent 1.2.3"');
  expect(page).toContain("\\&.hidden\n\\&'quoted\nback\\eslash \\-\\-flag");
  expect(page).toContain('.SS run');
});
