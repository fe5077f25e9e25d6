import json

from odoo.addons.asterisk_plus.tests.call_case import NUMBER, CallCase
from odoo.tests import tagged


@tagged('asterisk_plus')
class TestLeadCalls(CallCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.caller.write({'group_ids': [(4, cls.env.ref('sales_team.group_sale_salesman_all_leads').id)]})
        cls.lead = cls.lead_of(name='Analytical engine', partner_id=cls.partner.id)

    @classmethod
    def lead_of(cls, **values):
        return cls.env['crm.lead'].create({'type': 'opportunity', **values})

    def links(self, call):
        self.react(call)
        [(_channel, message)] = self.told('asterisk_plus.incoming')
        return json.loads(message)['payload']['links']

    def test_open_leads_in_the_popup(self):
        won = self.lead_of(name='Difference engine', partner_id=self.partner.id)
        won.action_set_won()
        [group] = self.links(self.call())
        self.assertEqual(group['model'], 'crm.lead')
        self.assertEqual(group['records'], [{'id': self.lead.id, 'name': 'Analytical engine'}])

    def test_leads_by_number_alone(self):
        lead = self.lead_of(name='From the fair', phone='+1 202-555-0177')
        call = self.call(partner_id=False, calling_number='+12025550177')
        [group] = self.links(call)
        self.assertEqual([record['id'] for record in group['records']], lead.ids)

    def test_no_leads_for_who_may_not_see_them(self):
        self.telephone_of(self.admin, '102')
        self.assertFalse(self.links(self.call(called_user_ids=[(6, 0, self.admin.ids)])))

    def lines(self, lead):
        return [message.body for message in lead.message_ids if 'call' in message.body]

    def test_the_call_is_logged_on_the_only_open_lead(self):
        self.react(self.end(self.call(), 'noanswer'))
        self.assertEqual(len(self.lines(self.lead)), 1)
        other = self.lead_of(name='Another', partner_id=self.partner.id)
        self.react(self.end(self.call(), 'noanswer'))
        self.assertEqual(len(self.lines(self.lead) + self.lines(other)), 1)

    def test_the_call_is_logged_on_the_lead_that_it_was_made_from(self):
        other = self.lead_of(name='Another', partner_id=self.partner.id)
        call = self.call(direction='out', res_model='crm.lead', res_id=other.id)
        self.react(self.end(call, 'answered'))
        self.assertEqual((len(self.lines(other)), len(self.lines(self.lead))), (1, 0))

    def test_the_lead_counts_its_calls(self):
        lead = self.lead_of(name='From the fair', phone='+1 202-555-0177')
        self.call(direction='out', res_model='crm.lead', res_id=lead.id, called_number='+12025550199')
        self.call(calling_number='+12025550177')
        self.call(calling_number=NUMBER)
        lead = lead.with_user(self.caller)
        self.assertEqual(lead.asterisk_plus_call_count, 2)
        self.assertEqual(self.env['asterisk_plus.call'].search_count(lead.action_asterisk_plus_calls()['domain']), 2)
