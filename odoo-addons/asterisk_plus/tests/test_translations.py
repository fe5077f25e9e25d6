import io

import polib
from odoo.tests import TransactionCase, tagged
from odoo.tools import file_open
from odoo.tools.translate import trans_export

ADDON = 'asterisk_plus'


# Only an installed addon's terms are exported.
@tagged('asterisk_plus', 'post_install', '-at_install')
class TestTranslations(TransactionCase):
    def test_the_template_is_current(self):
        buffer = io.BytesIO()
        trans_export(False, [ADDON], buffer, 'po', self.env)
        exported = {entry.msgid for entry in polib.pofile(buffer.getvalue().decode())}
        with file_open(f'{ADDON}/i18n/{ADDON}.pot') as file:
            kept = {entry.msgid for entry in polib.pofile(file.read())}
        how = 'npm run lab -- update-addons && npm run lab -- export-pot'
        self.assertEqual(exported, kept, f'i18n/{ADDON}.pot is made by: {how}')
