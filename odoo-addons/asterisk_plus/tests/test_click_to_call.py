import json
from unittest.mock import patch

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from ..models import click_to_call
from .call_sequences import CallCase

NUMBER = '+12025550123'


@tagged('asterisk_plus')
class TestClickToCall(CallCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.telephone = cls.telephones['phone1']
        cls.user = cls.telephone.user_id
        cls.customer = cls.env['res.partner'].create(
            {'name': 'Ada', 'phone': '(202) 555-0123', 'country_id': cls.env.ref('base.us').id}
        )

    def click(self, number='(202) 555-0123', user=None, **options):
        servers = self.env['asterisk_plus.server'].with_user(user or self.user)
        return self.env['asterisk_plus.call'].browse(servers.originate_call(number, **options))

    def jobs(self):
        return self.env['asterisk_plus.job'].search([('fun', '=', 'asterisk.manager_action')], order='id')

    def action(self, job):
        return json.loads(job.body)['args'][0]

    def answer(self, job, text):
        pass_back = json.loads(job.body)['pass_back']
        servers = self.env['asterisk_plus.server'].with_user(self.agent)
        here = servers.with_context(asterisk_plus_server_id=self.server.id)
        response = [{'Response': 'Error', 'Message': text}] if text else [{'Response': 'Success'}]
        here.originate_call_response(response, pass_back)

    def test_the_own_telephone_rings_and_the_call_is_known_at_once(self):
        self.telephone.channel_ids.write(
            {'auto_answer_header': 'Alert-Info: Auto Answer', 'originate_context': 'internal'}
        )
        call = self.click(model='res.partner', res_id=self.customer.id)
        action = self.action(self.jobs())
        self.assertEqual((action['Channel'], action['Exten']), ('PJSIP/phone1', NUMBER))
        self.assertEqual(action['Context'], 'internal')
        self.assertEqual(action['Variable'], ['PJSIP_HEADER(add,Alert-Info)=Auto Answer'])
        self.assertEqual(call.status, 'progress')
        self.assertTrue(call.is_active)
        self.assertEqual((call.calling_user_id, call.called_number), (self.user, NUMBER))
        self.assertEqual(
            (call.res_model, call.res_id, call.partner_id), ('res.partner', self.customer.id, self.customer)
        )
        self.assertIn(action['ChannelId'], call.channel_ids.mapped('uniqueid'))
        self.assertEqual(call.direction, 'out')

    def test_extensions_stay(self):
        call = self.click('201')
        self.assertEqual((call.called_number, call.direction), ('201', 'internal'))
        self.assertEqual(call.called_user_ids, self.telephones['phone2'].user_id)
        self.assertEqual(self.action(self.jobs())['Exten'], '201')

    def test_a_call_that_asterisk_does_not_make_has_failed(self):
        call = self.click()
        self.answer(self.jobs(), 'Originate failed: not reachable')
        self.assertEqual((call.status, call.is_active), ('failed', False))
        self.assertEqual(call.reason, 'Originate failed: not reachable')
        self.assertEqual(call.event_ids.mapped('kind')[-2:], ['fail', 'end'])
        [(_channel, message)] = self.notifications()
        self.assertIn('not reachable', message)

    def test_the_next_telephone_rings_when_one_is_not_picked_up(self):
        self.env['asterisk_plus.user_channel'].create(
            [
                {'pbx_user_id': self.telephone.id, 'name': 'PJSIP/mobile', 'sequence': 20},
                {'pbx_user_id': self.telephone.id, 'name': 'PJSIP/fax', 'originate_enabled': False},
            ]
        )
        call = self.click()
        self.assertEqual(self.action(self.jobs())['Timeout'], '20000')
        self.answer(self.jobs(), 'Originate failed: not answered')
        first, second = map(self.action, self.jobs())
        self.assertEqual((first['Channel'], second['Channel']), ('PJSIP/phone1', 'PJSIP/mobile'))
        self.assertEqual(second['Timeout'], '60000')
        self.assertTrue(call.is_active)
        self.assertLessEqual(
            {first['ChannelId'], second['ChannelId']}, set(call.channel_ids.mapped('uniqueid'))
        )
        self.assertFalse(self.notifications())
        self.answer(self.jobs()[1], 'Originate failed: busy')
        self.assertEqual((call.status, call.is_active), ('failed', False))
        self.assertEqual(len(self.jobs()), 2)
        self.assertEqual(self.env['asterisk_plus.call'].search_count([]), 1)

    def test_no_other_telephone_rings_when_nobody_knows_what_rang_or_too_late(self):
        self.env['asterisk_plus.user_channel'].create(
            {'pbx_user_id': self.telephone.id, 'name': 'PJSIP/mobile', 'sequence': 20}
        )
        self.click()
        self.answer(self.jobs(), 'Interrupted: the agent was started anew')
        self.assertEqual(len(self.jobs()), 1)
        with patch.object(click_to_call, 'LATE_SECONDS', -3600):
            self.click()
        self.answer(self.jobs()[1], 'Originate failed: not answered')
        self.assertEqual(len(self.jobs()), 2)

    def test_a_job_that_is_never_delivered_has_failed(self):
        call = self.click()
        self.jobs()._give_up('expired', 'It could not be delivered in time.')
        self.assertEqual((call.status, call.reason), ('failed', 'It could not be delivered in time.'))

    def test_a_call_that_is_cancelled_before_it_is_posted_is_over(self):
        call = self.click()
        self.jobs().with_user(self.admin).action_cancel()
        self.assertEqual((call.status, call.is_active, call.reason), ('failed', False, 'Cancelled'))

    def test_who_cannot_call(self):
        with self.assertRaises(AccessError):
            self.click(user=self.stranger)
        with self.assertRaisesRegex(UserError, 'no telephone'):
            self.click(user=self.caller)
        secret = self.env['res.partner'].create({'name': 'Secret', 'phone': NUMBER})
        rule = {'name': 'hide', 'model_id': self.env['ir.model']._get_id('res.partner'), 'perm_read': True}
        self.env['ir.rule'].create({**rule, 'domain_force': f"[('id', '!=', {secret.id})]"})
        with self.assertRaises(AccessError):
            self.click(model='res.partner', res_id=secret.id)
        with self.assertRaises(UserError):
            self.click(model='no.such', res_id=1)
        for options in (
            {'context': 'a,b'},
            {'timeout': 0},
            {'timeout': 3600},
            {'timeout': 'long'},
            {'model': 'res.partner', 'res_id': 'x'},
        ):
            with self.assertRaises(UserError):
                self.click(**options)
        self.assertFalse(self.jobs())
        self.assertFalse(self.env['asterisk_plus.call'].search([]))
