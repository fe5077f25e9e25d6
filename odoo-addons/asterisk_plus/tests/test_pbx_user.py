from odoo.exceptions import AccessError, ValidationError
from odoo.tests import Form, tagged

from .call_sequences import CallCase


@tagged('asterisk_plus')
class TestPbxUser(CallCase):
    def test_own_settings_in_the_preferences(self):
        telephone = self.telephones['phone1']
        user = telephone.user_id.with_user(telephone.user_id)
        self.assertEqual((user.asterisk_plus_exten, user.asterisk_plus_popup_enabled), ('200', True))
        user.write({'asterisk_plus_popup_enabled': False, 'asterisk_plus_missed_call_activity': False})
        self.assertEqual((telephone.popup_enabled, telephone.missed_call_activity), (False, False))
        self.assertTrue(self.telephones['phone2'].popup_enabled)
        for other in (self.telephones['phone2'].user_id, self.admin):
            with self.assertRaises(AccessError):
                other.with_user(telephone.user_id).write({'asterisk_plus_popup_enabled': False})

    def test_an_extension_is_not_the_users_to_change(self):
        telephone = self.telephones['phone1']
        own = telephone.with_user(telephone.user_id)
        self.assertEqual(own.exten, '200')
        for values in ({'exten': '999'}, {'user_id': self.caller.id}):
            with self.assertRaises(AccessError):
                own.write(values)
        with self.assertRaises(AccessError):
            own.channel_ids.write({'name': 'PJSIP/boss'})

    def test_what_is_no_telephone(self):
        telephone = self.telephones['phone1']
        for values in (
            {'exten': '10 1'},
            {'channel_ids': [(0, 0, {'name': 'PJSIP'})]},
            {'channel_ids': [(0, 0, {'name': 'PJSIP/1', 'auto_answer_header': 'no header'})]},
            {'channel_ids': [(0, 0, {'name': 'PJSIP/1', 'auto_answer_header': 'A: b\r\nC: d'})]},
            {'channel_ids': [(0, 0, {'name': 'PJSIP/1', 'originate_context': 'a b'})]},
        ):
            with self.assertRaises(ValidationError, msg=values), self.env.cr.savepoint():
                telephone.write(values)

    def test_many_at_once(self):
        people = self.caller | self.stranger | self.telephones['phone1'].user_id
        action = people.with_user(self.admin).action_asterisk_plus_create_users()
        wizards = self.env['asterisk_plus.create_users'].with_user(self.admin).with_context(action['context'])
        with Form(wizards) as form:
            form.server_id = self.server
            form.first_exten = '199'
        wizard = form.record
        self.assertEqual(wizard.line_ids.mapped('exten'), ['199', '202'], 'those that are free')
        self.assertEqual(wizard.line_ids.user_id, self.caller | self.stranger, 'who has no telephone yet')
        wizard.create_users()
        made = self.env['asterisk_plus.user'].search([('user_id', 'in', (self.caller | self.stranger).ids)])
        self.assertEqual(sorted(made.channel_ids.mapped('name')), ['PJSIP/199', 'PJSIP/202'])
        self.assertTrue(self.stranger.has_group('asterisk_plus.group_pbx_user'))
        with self.assertRaises(AccessError):
            people.with_user(self.caller).action_asterisk_plus_create_users()
