import json

from odoo.exceptions import AccessError
from odoo.tests import tagged

from .call_case import NUMBER, CallCase


@tagged('asterisk_plus')
class TestCallPopup(CallCase):
    def popups(self):
        return [(channel, json.loads(message)['payload']) for channel, message in self.told('asterisk_plus.incoming')]

    def test_the_called_user_sees_who_calls(self):
        before = self.end(self.call(), 'answered', answered_user_id=self.admin.id)
        call = self.call()
        self.react(call)
        [(channel, popup)] = self.popups()
        self.assertIn(f'"res.partner",{self.caller.partner_id.id}', channel)
        self.assertEqual(popup['call']['partner'], {'id': self.partner.id, 'name': 'Ada Lovelace'})
        self.assertEqual(popup['call']['number'], NUMBER)
        self.assertEqual([last['id'] for last in popup['last_calls']], before.ids)
        self.assertFalse(popup['sticky'])

    def test_once_per_call_and_user(self):
        call = self.call()
        for _time in range(3):
            self.react(call)
        self.assertEqual(len(self.popups()), 1)
        self.telephone_of(self.admin, '102')
        call.called_user_ids += self.admin
        self.react(call)
        [(channel, _popup)] = self.popups()
        self.assertIn(f'"res.partner",{self.admin.partner_id.id}', channel)

    def test_once_for_a_call_that_was_merged(self):
        first, second = self.call(), self.call()
        self.react(first)
        second.channel_ids.call_id = first
        second.unlink()
        self.react(first)
        self.assertEqual(len(self.popups()), 1)

    def test_what_is_rolled_back_is_not_told(self):
        call = self.call()
        with self.assertRaises(ZeroDivisionError), self.env.cr.savepoint():
            self.react(call)
            raise ZeroDivisionError
        self.react(call)
        self.assertEqual(len(self.popups()), 1)

    def test_never_for_old_events(self):
        self.react(self.call(), age=31)
        self.assertFalse(self.popups())

    def test_nobody_who_does_not_want_it_or_has_it_in_hand(self):
        self.telephone.popup_enabled = False
        self.react(self.call())
        self.telephone.popup_enabled = True
        self.react(self.call(direction='out', calling_user_id=self.caller.id))
        self.react(self.call(direction='internal', calling_user_id=self.caller.id))
        call = self.call()
        self.react(call.write({'answered': call.started}) and call)
        self.assertFalse(self.popups())

    def test_who_gets_a_call_that_was_passed_on(self):
        call = self.call()
        self.react(call)
        self.popups()
        other = self.user_of('transferee', 'asterisk_plus.group_pbx_user')
        self.telephone_of(other, '102')
        mine = self.channel(call, 'mine', name='PJSIP/101-1', user_id=self.caller.id, answered=call.started)
        theirs = self.channel(call, 'theirs', name='PJSIP/102-1', user_id=other.id)
        call.write({'answered': call.started, 'called_user_ids': [(4, other.id)], 'answered_user_id': self.caller.id})
        self.react(call)
        [(_channel, popup)] = self.popups()
        self.assertTrue(popup['call']['at_me'])
        self.assertEqual(call._users_to_pop_up(), other)
        theirs.answered = mine.ended = call.started
        self.assertFalse(call._users_to_pop_up())
        self.assertEqual([call._phone_values(user)['at_me'] for user in (self.caller, other)], [False, True])

    def test_sticky(self):
        self.telephone.popup_sticky = True
        self.react(self.call())
        [(_channel, popup)] = self.popups()
        self.assertTrue(popup['sticky'])

    def test_a_failing_addon_does_not_cost_the_call(self):
        self.patch(self.registry['asterisk_plus.call'], '_popup_links', lambda call: 1 // 0)
        with self.assertLogs('odoo.addons.asterisk_plus.models.call_reactions', 'ERROR'):
            self.react(self.call())
        self.assertFalse(self.popups())

    def test_names_travel_as_text(self):
        self.react(self.call(calling_name='<img src=x onerror=alert(1)>', partner_id=False))
        [(_channel, popup)] = self.popups()
        self.assertEqual(popup['call']['name'], '<img src=x onerror=alert(1)>')
        self.assertFalse(popup['call']['partner'])

    def test_asked_for_after_a_reload(self):
        call = self.call()
        self.assertEqual(self.phone_state(self.caller)['incoming'][0]['call']['id'], call.id)
        self.assertFalse(self.phone_state(self.admin)['incoming'])
        self.end(call, 'noanswer')
        self.assertEqual(self.phone_state(self.caller), {'calls': [], 'incoming': []})
        with self.assertRaises(AccessError):
            self.phone_state(self.stranger)

    def phone_state(self, user):
        return self.env['asterisk_plus.call'].with_user(user).phone_state()
