from odoo.tests import tagged

from .common import PbxCase

OPERATIONS = {'r': 'read', 'w': 'write', 'c': 'create', 'd': 'unlink'}

# Per model who may do what: user is "PBX user", admin "PBX admin", agent "PBX server". Nobody else may do
# anything; what is not named here is not allowed, and a model that is not named fails the test.
TABLE = {
    'asterisk_plus.call': {'user': 'rw', 'admin': 'rwd'},
    'asterisk_plus.call_event': {'user': 'r', 'admin': 'r'},
    'asterisk_plus.call_reaction': {},
    'asterisk_plus.channel': {'user': 'r', 'admin': 'r'},
    'asterisk_plus.conf_file': {'admin': 'rwcd'},
    'asterisk_plus.conf_version': {'admin': 'r'},
    'asterisk_plus.connection_test': {'admin': 'rwcd'},
    'asterisk_plus.create_users': {'admin': 'rwcd'},
    'asterisk_plus.create_users_line': {'admin': 'rwcd'},
    'asterisk_plus.event': {'admin': 'rwcd', 'agent': 'r'},
    'asterisk_plus.event_failure': {'admin': 'rd'},
    'asterisk_plus.job': {'admin': 'r'},
    'asterisk_plus.new_key': {'admin': 'rwcd'},
    'asterisk_plus.processed_item': {},
    'asterisk_plus.recording': {'user': 'r', 'admin': 'rd'},
    'asterisk_plus.server': {'user': 'r', 'admin': 'rwcd', 'agent': 'r'},
    'asterisk_plus.settings': {'admin': 'rwcd'},
    'asterisk_plus.upload': {},
    'asterisk_plus.user': {'user': 'r', 'admin': 'rwcd'},
    'asterisk_plus.user_channel': {'user': 'r', 'admin': 'rwcd'},
}


@tagged('asterisk_plus')
class TestAccessTable(PbxCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.people = {
            'user': cls.caller,
            'admin': cls.admin,
            'agent': cls.agent,
            'internal': cls.stranger,
            'portal': cls.user_of('pbx_portal', 'base.group_portal'),
            'public': cls.env.ref('base.public_user'),
            'settings': cls.user_of('pbx_settings', 'base.group_system'),
        }

    def test_every_model_is_in_the_table(self):
        models = [
            name
            for name, model in self.registry.items()
            if model._original_module == 'asterisk_plus' and not model._abstract
        ]
        self.assertCountEqual(models, TABLE)

    def test_who_may_do_what(self):
        for model, allowed in TABLE.items():
            for who, user in self.people.items():
                records = self.env[model].with_user(user)
                found = ''.join(
                    letter for letter, operation in OPERATIONS.items() if records.has_access(operation)
                )
                with self.subTest(model=model, who=who):
                    self.assertEqual(found, allowed.get(who, ''))

    def test_a_dialog_is_seen_by_who_opened_it_alone(self):
        for model in TABLE:
            if self.env[model]._transient:
                with self.subTest(model=model):
                    self.assertTrue(any('create_uid' in domain for domain in self.domains_of(model)))

    def test_every_model_with_a_company_keeps_companies_apart(self):
        for model in TABLE:
            if 'company_id' in self.env[model]._fields:
                with self.subTest(model=model):
                    self.assertTrue(any('company_ids' in domain for domain in self.domains_of(model)))

    def domains_of(self, model):
        """Of the record rules that hold for everybody."""
        rules = self.env['ir.rule'].search([('model_id.model', '=', model), ('groups', '=', False)])
        return [rule.domain_force or '' for rule in rules]
