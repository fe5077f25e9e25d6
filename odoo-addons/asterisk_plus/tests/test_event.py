from odoo.exceptions import ValidationError
from odoo.tests import tagged

from .common import PbxCase

RULE = {'name': 'Cdr', 'model': 'res.partner', 'method': 'create'}


@tagged('asterisk_plus')
class TestEvent(PbxCase):
    def make(self, **values):
        return self.env['asterisk_plus.event'].create({**RULE, **values})

    def reload_jobs(self):
        return self.env['asterisk_plus.job'].search([('fun', '=', 'agent.reload_config')])

    def test_the_guides_record(self):
        rule = self.make(source='AMI')
        self.assertTrue(rule.is_enabled)
        self.assertEqual(rule.delay, 0)
        self.assertFalse(rule.warning)

    def test_a_bad_condition_is_refused_with_its_column(self):
        with self.assertRaisesRegex(ValidationError, r'column 1: .*there is no function open'):
            self.make(condition="open('/etc/passwd')")
        with self.assertRaisesRegex(ValidationError, 'column 7'):
            self.make(condition='event.Channel')
        self.make(condition="event['Disposition'] == 'ANSWERED'").condition = False

    def test_bad_fields_are_refused(self):
        for values in (
            {'name': 'C dr'},
            {'model': 'Res Partner'},
            {'method': '_create'},
            {'delay': -1},
            {'delay': 4000},
        ):
            with self.assertRaises(ValidationError, msg=str(values)):
                self.make(**values)

    def test_a_missing_model_or_method_only_warns(self):
        self.assertIn('no.such.model', self.make(model='no.such.model').warning)
        self.assertIn('no_such_method', self.make(method='no_such_method').warning)
        self.assertIn('init', self.make(method='init').warning)

    def test_a_changed_rule_makes_the_agents_reload_once_per_transaction(self):
        rule = self.make()
        self.assertEqual(self.reload_jobs().server_id, self.server)
        rule.condition = "event['Disposition'] == 'BUSY'"
        self.make()
        rule.unlink()
        self.assertEqual(len(self.reload_jobs()), 1)

    def test_a_rolled_back_savepoint_does_not_swallow_the_reload(self):
        with self.assertRaises(ZeroDivisionError), self.env.cr.savepoint():
            self.make()
            raise ZeroDivisionError
        self.assertFalse(self.reload_jobs())
        self.make()
        self.assertEqual(len(self.reload_jobs()), 1)

    def test_a_description_alone_does_not(self):
        rule = self.make()
        self.reload_jobs().unlink()
        rule.description = 'Calls'
        self.assertFalse(self.reload_jobs())

    def test_a_server_without_a_door_is_left_alone(self):
        self.server.door_url = False
        self.make()
        self.assertFalse(self.reload_jobs())

    def test_a_module_update_does_not_enable_what_an_admin_disabled(self):
        data = {
            'xml_id': 'asterisk_plus.test_rule',
            'values': {**RULE, 'is_enabled': True},
            'noupdate': False,
        }
        rule = self.env['asterisk_plus.event']._load_records([data])
        rule.is_enabled = False
        data['values'] = {**RULE, 'is_enabled': True, 'delay': 2}
        self.env['asterisk_plus.event']._load_records([data], update=True)
        self.assertFalse(rule.is_enabled)
        self.assertEqual(rule.delay, 2)
