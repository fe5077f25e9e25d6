import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ownAddons } from './odoo-addons.ts';
import { addonsAreCurrent } from './odoo-database.ts';
import { runOdooShell } from './odoo-program.ts';
import { note } from './progress.ts';
import { checkout, databaseName } from './settings.ts';

const folder = join(checkout, 'odoo-addons');

/** Writes `i18n/<addon>.pot` of the addons that have translations, or of the chosen ones, from the lab's database. */
export async function exportPot(chosen: readonly string[]): Promise<void> {
  const addons = chosen.length > 0 ? chosen : ownAddons().filter((addon) => existsSync(i18n(addon)));
  const unknown = addons.find((addon) => !existsSync(join(folder, addon, '__manifest__.py')));
  if (unknown !== undefined) throw new Error(`No addon ${unknown} in odoo-addons/`);
  if (!(await addonsAreCurrent())) throw new Error('The addons changed: npm run lab -- update-addons');
  for (const addon of addons) {
    const printed = await runOdooShell(databaseName, exportScript(addon));
    const [, template = ''] = /^POT (.*)$/m.exec(printed) ?? [];
    const text = withoutDates(Buffer.from(template, 'base64').toString());
    if (!text.includes('msgid')) throw new Error(`Odoo exported no terms of ${addon}:\n${printed}`);
    mkdirSync(i18n(addon), { recursive: true });
    const file = join(i18n(addon), `${addon}.pot`);
    writeFileSync(file, text);
    note(`${file}: ${text.match(/^msgid /gm)?.length ?? 0} terms`);
  }
}

const i18n = (addon: string): string => join(folder, addon, 'i18n');

const exportScript = (addon: string): string => `
import base64, io
from odoo.tools.translate import trans_export
buffer = io.BytesIO()
trans_export(False, ['${addon}'], buffer, 'po', env)
print('POT', base64.b64encode(buffer.getvalue()).decode())
`;

/** So that a template that says the same is the same. */
function withoutDates(template: string): string {
  return template.replaceAll(/^"(POT-Creation-Date|PO-Revision-Date): .*\n/gm, '');
}
