import io

import polib
from odoo.tests import TransactionCase, tagged
from odoo.tools import file_open
from odoo.tools.translate import trans_export

ADDON = 'asterisk_plus'

# What the addon builds on, directly or not. Another addon may give fields to those models too (portal, sms): whether
# their labels are exported with this one depends on the order in which a database was made.
BASES = {ADDON, 'base', 'bus', 'mail', 'phone_validation', 'web'}


# Only an installed addon's terms are exported.
@tagged('asterisk_plus', 'post_install', '-at_install')
class TestTranslations(TransactionCase):
    def test_the_template_is_current(self):
        buffer = io.BytesIO()
        trans_export(False, [ADDON], buffer, 'po', self.env)
        exported = self._terms(buffer.getvalue().decode())
        with file_open(f'{ADDON}/i18n/{ADDON}.pot') as file:
            kept = self._terms(file.read())
        how = 'npm run lab -- update-addons && npm run lab -- export-pot'
        self.assertEqual(exported, kept, f'i18n/{ADDON}.pot is made by: {how}')

    def _terms(self, template):
        foreign = self._labels_of_others()
        return {
            entry.msgid
            for entry in polib.pofile(template)
            if not entry.occurrences
            or any(place.rpartition(':')[2] not in foreign for place, _line in entry.occurrences)
        }

    def _labels_of_others(self):
        """The external ids of fields that other addons gave to this addon's models."""
        return {
            f'{ADDON}.field_{name.replace(".", "_")}__{field.name}'
            for name, model in self.registry.items()
            for field in model._fields.values()
            if model._original_module == ADDON and field._module and field._module not in BASES
        }
