from odoo.tests import tagged

from .call_case import CallCase


@tagged('asterisk_plus')
class TestCallChatter(CallCase):
    def lines(self, record=None):
        record = record or self.partner
        return [message.body for message in record.message_ids if 'call' in message.body]

    def test_one_line_per_call(self):
        call = self.end(self.call(), 'answered', answered_user_id=self.caller.id, talk_time=125)
        self.react(call)
        self.react(call)
        self.assertEqual(len(self.lines()), 1)
        self.assertIn('Incoming call from +12025550142: answered by caller', self.lines()[0])
        self.assertIn('2:05', self.lines()[0])

    def test_nothing_while_it_goes_on_or_when_it_is_old(self):
        call = self.call()
        self.react(call)
        self.react(self.end(call, 'noanswer'), age=31)
        self.assertFalse(self.lines())

    def test_names_are_escaped(self):
        self.react(self.end(self.call(calling_name='<img src=x onerror=alert(1)>'), 'busy'))
        self.assertIn('&lt;img src=x onerror=alert(1)&gt;', self.lines()[0])
        self.assertNotIn('<img', self.lines()[0])

    def test_on_the_record_that_the_call_was_made_from(self):
        other = self.partner.create({'name': 'Charles Babbage'})
        call = self.call(
            direction='out', calling_user_id=self.caller.id, called_user_ids=[(5,)], res_model='res.partner', res_id=other.id
        )
        self.react(self.end(call, 'busy'))
        self.assertEqual(len(self.lines(other)), 1)
        self.assertEqual(len(self.lines(self.partner)), 1)
        self.assertEqual(other.message_ids[0].author_id, self.caller.partner_id)
        self.assertIn('Outgoing call from', self.lines(other)[0])
        self.assertFalse(other.message_ids[0].notified_partner_ids)
        self.assertNotIn(self.caller.partner_id, other.message_partner_ids)

    def test_a_record_without_chatter_or_gone_is_passed_over(self):
        for model, res_id in (('res.country', 1), ('res.partner', 2**31 - 1), ('no.such', 1)):
            self.react(self.end(self.call(res_model=model, res_id=res_id), 'busy'))
        self.assertEqual(len(self.lines()), 3)

    def test_internal_calls_are_nobodys_business(self):
        self.react(self.end(self.call(direction='internal'), 'answered'))
        self.assertFalse(self.lines())

    def test_corrected_by_a_late_event(self):
        call = self.end(self.call(), 'noanswer')
        self.react(call)
        self.assertIn('no answer', self.lines()[0])
        call.write({'status': 'answered', 'answered_user_id': self.caller.id, 'talk_time': 61})
        self.react(call, age=3600)
        self.assertEqual(len(self.lines()), 1)
        self.assertIn('answered by caller', self.lines()[0])
