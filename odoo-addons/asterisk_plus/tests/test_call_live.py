import json
from unittest.mock import Mock, patch

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from .call_case import NUMBER, CallCase


@tagged('asterisk_plus')
class TestCallLive(CallCase):
    def test_who_takes_part_and_who_looks_on_are_told_once_per_transaction(self):
        call = self.call()
        for _time in range(3):
            self.react(call)
        self.env.cr.precommit.run()
        rows = self.env['bus.bus'].search([('message', 'like', '"asterisk_plus.call%"')])
        kinds = sorted((json.loads(row.message)['type'], 'asterisk_plus.server' in row.channel) for row in rows)
        self.assertEqual(kinds, [('asterisk_plus.call', False), ('asterisk_plus.calls_changed', True)])

    def test_lookers_on_learn_ids_alone(self):
        call = self.call()
        self.react(call)
        [(channel, message)] = self.told('asterisk_plus.calls_changed')
        self.assertIn(f'"asterisk_plus.server",{self.server.id},"calls"', channel)
        self.assertEqual(json.loads(message)['payload'], {'ids': call.ids})

    def test_old_calls_do_not_seem_to_go_on(self):
        self.react(self.call(), age=60)
        self.assertFalse(self.told('asterisk_plus.call'))
        self.react(self.end(self.call(), 'noanswer'), age=60)
        self.assertEqual(len(self.told('asterisk_plus.call')), 1)

    def channels(self, user):
        websocket = self.env['ir.websocket'].with_user(user)
        request = Mock(session=Mock(uid=user.id), env=websocket.env)
        with patch('odoo.addons.bus.models.ir_websocket.wsrequest', request):
            return websocket._build_bus_channel_list(['asterisk_plus.calls'])

    def test_only_pbx_users_listen_and_only_to_their_companies(self):
        other = self.env['res.company'].create({'name': 'Other'})
        theirs = self.server.create({'name': 'x', 'pbx': 'other_hq', 'company_id': other.id})
        heard = self.channels(self.caller)
        self.assertIn((self.server, 'calls'), heard)
        self.assertNotIn((theirs, 'calls'), heard)
        self.assertNotIn((self.server, 'calls'), self.channels(self.stranger))
        for user in (self.caller, self.stranger):
            self.assertNotIn('asterisk_plus.calls', self.channels(user))

    def test_recent_calls_are_ones_own(self):
        mine = self.end(self.call(), 'busy')
        self.end(self.call(called_user_ids=[(6, 0, self.admin.ids)]), 'busy')
        calls = self.env['asterisk_plus.call'].with_user(self.caller)
        self.assertEqual([call['id'] for call in calls.recent_calls()], mine.ids)
        with self.assertRaises(AccessError):
            calls.with_user(self.stranger).recent_calls()

    def hang_up(self, call, user):
        call.with_user(user).hang_up()
        jobs = self.env['asterisk_plus.job'].search([], order='id')
        actions = [json.loads(job.body)['args'] for job in jobs]
        jobs.unlink()
        return actions

    def test_hanging_up_ends_ones_own_part(self):
        call = self.call()
        self.channel(call, 'a', name='PJSIP/101-00000001', user_id=self.caller.id)
        self.channel(call, 'b', name='PJSIP/trunk-00000002')
        [action] = self.hang_up(call, self.caller)
        self.assertIn('PJSIP/101-00000001', json.dumps(action))
        self.assertEqual(len(self.hang_up(call, self.admin)), 2)
        seller = self.user_of('seller', 'asterisk_plus.group_pbx_user')
        with self.assertRaises(UserError):
            self.hang_up(call, seller)

    def test_calling_back_rings_ones_own_telephone(self):
        call = self.end(self.call(), 'noanswer')
        call.with_user(self.caller).call_back()
        job = self.env['asterisk_plus.job'].search([], order='id desc', limit=1)
        self.assertIn('PJSIP/101', job.body)
        self.assertIn(NUMBER, job.body)
        with self.assertRaises(UserError):
            self.call(calling_number=False).with_user(self.caller).call_back()

    def test_another_companys_call_can_not_be_hung_up(self):
        self.server.company_id = self.env['res.company'].create({'name': 'Other'})
        call = self.call()
        self.channel(call, 'a', name='PJSIP/101-00000001', user_id=self.caller.id)
        with self.assertRaises(AccessError):
            call.with_user(self.caller).hang_up()

    def test_the_partner_counts_its_contacts_calls(self):
        company = self.partner.create({'name': 'Engines Ltd', 'is_company': True})
        self.partner.parent_id = company
        self.call()
        self.call(partner_id=company.id)
        self.assertEqual(company.with_user(self.caller).asterisk_plus_call_count, 2)
        self.assertEqual(self.partner.with_user(self.caller).asterisk_plus_call_count, 1)
        action = company.with_user(self.caller).action_asterisk_plus_calls()
        self.assertEqual(self.env['asterisk_plus.call'].search_count(action['domain']), 2)
