from odoo.tests import tagged

from .call_case import NUMBER, CallCase


@tagged('asterisk_plus')
class TestMissedCall(CallCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.seller = cls.user_of('seller', 'asterisk_plus.group_pbx_user')
        cls.seller_telephone = cls.telephone_of(cls.seller, '103')

    def activities(self, record=None):
        record = record or self.partner
        return self.env['mail.activity'].search([('res_model', '=', record._name), ('res_id', '=', record.id)])

    def missed(self, **values):
        call = self.end(self.call(**values), 'noanswer')
        self.react(call)
        return call

    def test_the_called_user_is_to_call_back(self):
        self.missed()
        activity = self.activities()
        self.assertEqual(activity.user_id, self.caller)
        self.assertEqual(activity.activity_type_id, self.env.ref('mail.mail_activity_data_call'))
        self.assertIn(NUMBER, activity.summary)

    def test_once_per_call(self):
        call = self.missed()
        self.react(call)
        self.channel(call, '1790000000.late')
        self.react(call)
        self.assertEqual(len(self.activities()), 1)

    def test_without_a_contact_it_is_on_the_call(self):
        call = self.missed(partner_id=False)
        activity = self.activities(call)
        self.assertEqual(activity.user_id, self.caller)
        activity.with_user(self.caller).action_feedback(feedback='Called back')
        self.assertIn('Called back', call.message_ids[0].body)

    def test_at_several_the_salesperson_is_to_call_back(self):
        self.partner.user_id = self.seller
        self.missed(called_user_ids=[(6, 0, (self.caller | self.admin).ids)])
        self.assertEqual(self.activities().user_id, self.seller)

    def test_at_several_without_a_salesperson_each(self):
        self.missed(called_user_ids=[(6, 0, (self.caller | self.admin).ids)])
        self.assertEqual(self.activities().user_id, self.caller | self.admin)

    def test_in_a_queue_the_salesperson_or_nobody(self):
        self.missed(queue='support')
        self.assertFalse(self.activities())
        self.partner.user_id = self.seller
        self.missed(queue='support')
        self.assertEqual(self.activities().user_id, self.seller)

    def test_who_wants_none_gets_none(self):
        self.telephone.missed_call_activity = False
        self.missed()
        self.assertFalse(self.activities())

    def test_not_for_answered_or_outgoing_calls_nor_old_events(self):
        self.react(self.end(self.call(), 'answered', answered_user_id=self.caller.id))
        self.react(self.end(self.call(direction='out', calling_user_id=self.caller.id), 'busy'))
        self.react(self.end(self.call(), 'noanswer'), age=31)
        self.assertFalse(self.activities())

    def test_taken_back_when_a_late_event_tells_of_the_answer(self):
        call = self.missed()
        call.write({'status': 'answered', 'answered_user_id': self.caller.id})
        self.react(call, age=60)
        self.assertFalse(self.activities())

    def test_kept_when_the_call_turns_out_to_be_part_of_another(self):
        call, missed = self.call(), self.missed(partner_id=False)
        activity = self.activities(missed)
        (call | missed)._merged()
        self.assertFalse(missed.exists())
        self.assertEqual(self.activities(call), activity)

    def test_a_failing_activity_does_not_cost_the_call(self):
        self.patch(self.registry['asterisk_plus.call'], '_missed_call_activity', lambda call, user: 1 // 0)
        with self.assertLogs('odoo.addons.asterisk_plus.models.call_reactions', 'ERROR'):
            call = self.missed()
        self.assertEqual(call.status, 'noanswer')
        self.assertTrue(self.partner.message_ids)
