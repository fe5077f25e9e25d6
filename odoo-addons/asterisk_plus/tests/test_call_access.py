from odoo.exceptions import AccessError
from odoo.service.model import call_kw
from odoo.tests import new_test_user, tagged

from .call_sequences import CallCase, recorded

MODELS = (
    'asterisk_plus.call', 'asterisk_plus.channel', 'asterisk_plus.call_event', 'asterisk_plus.user',
    'asterisk_plus.user_channel',
)  # fmt: skip
ADMINS = ('asterisk_plus.user', 'asterisk_plus.user_channel')


@tagged('asterisk_plus')
class TestCallAccess(CallCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.portal = new_test_user(cls.env, login='at_portal', groups='base.group_portal')

    def call(self):
        self.take(self.steps_of(recorded()['sequences'][0]))
        return self.env['asterisk_plus.call'].search([], limit=1)

    def test_who_sees_calls_and_telephones(self):
        for model in MODELS:
            for user in (self.stranger, self.agent, self.portal):
                self.assertFalse(self.env[model].with_user(user).has_access('read'), (model, user.login))
            for user in (self.caller, self.admin):
                self.assertTrue(self.env[model].with_user(user).has_access('read'), (model, user.login))

    def test_who_changes_them(self):
        for model in MODELS:
            for operation in ('create', 'unlink'):
                self.assertFalse(
                    self.env[model].with_user(self.caller).has_access(operation), (model, operation)
                )
            keeps = self.env[model].with_user(self.admin).has_access('create')
            self.assertEqual(keeps, model in ADMINS, model)

    def test_of_a_call_people_write_notes_and_contact(self):
        call = self.call().with_user(self.caller)
        call.write({'notes': 'calls back tomorrow', 'partner_id': self.caller.partner_id.id})
        self.assertEqual(call.notes, 'calls back tomorrow')
        for values in ({'status': 'busy'}, {'notes': '', 'calling_number': '1'}):
            with self.assertRaises(AccessError):
                call.write(values)

    def test_companies_are_apart(self):
        call = self.call()
        other = self.env['res.company'].create({'name': 'Other'})
        user = new_test_user(
            self.env,
            login='at_other',
            groups='asterisk_plus.group_pbx_admin',
            company_id=other.id,
            company_ids=[(6, 0, other.ids)],
        )
        for model in MODELS:
            self.assertTrue(self.env[model].search_count([]), model)
            self.assertFalse(self.env[model].with_user(user).search_count([]), model)
        for records in (call, call.channel_ids, call.event_ids, self.telephones['phone1']):
            with self.assertRaises(AccessError):
                records.with_user(user).read(['display_name'])
        self.server.company_id = other
        self.assertEqual(call.channel_ids.company_id, other)
        self.assertIn(call, self.env['asterisk_plus.call'].with_user(user).search([]))
        self.assertNotIn(call, self.env['asterisk_plus.call'].with_user(self.caller).search([]))

    def test_nobody_but_the_agent_tells_what_happened(self):
        event = recorded()['sequences'][0]['events'][0]
        for user in (self.caller, self.admin, self.portal):
            for model, method in (
                ('asterisk_plus.channel', 'on_ami_new_channel'),
                ('asterisk_plus.channel', 'on_ami_hangup'),
                ('asterisk_plus.call', 'on_user_event_set_answered'),
                ('asterisk_plus.server', 'on_fully_booted'),
            ):
                with self.assertRaises(AccessError, msg=(user.login, method)):
                    call_kw(self.env[model].with_user(user), method, [event], {})
        pass_back = {'uid': self.caller.id, 'channel_id': 'x', 'call': {}, 'telephones': [{}], 'rung': []}
        answer = [{'Response': 'Error', 'Message': 'made up'}]
        with self.assertRaises(AccessError):
            servers = self.env['asterisk_plus.server'].with_user(self.caller)
            call_kw(servers, 'originate_call_response', [answer, pass_back], {})
        self.assertFalse(self.env['asterisk_plus.call'].search([]))
