from datetime import datetime

from odoo.tests import TransactionCase, new_test_user, tagged

# As Asterisk 22 sends it from a PBX in Caracas, with what the agent adds.
CDR = {
    'Event': 'Cdr',
    'Privilege': 'cdr,all',
    'AccountCode': '',
    'Source': '101',
    'Destination': '100',
    'DestinationContext': 'from-internal',
    'CallerID': '"Zoë" <101>',
    'Channel': 'PJSIP/101-00000001',
    'DestinationChannel': 'PJSIP/100-00000002',
    'LastApplication': 'Dial',
    'LastData': 'PJSIP/100,30',
    'StartTime': '2026-11-22 16:00:00',
    'AnswerTime': '2026-11-22 16:00:04',
    'EndTime': '2026-11-22 16:00:34',
    'Duration': '34',
    'BillableSeconds': '30',
    'Disposition': 'ANSWERED',
    'AMAFlags': 'DOCUMENTATION',
    'UniqueID': 'hq-1790020800.1',
    'UserField': '',
    'SystemName': 'hq',
    'StartTimeUTC': '2026-11-22 20:00:00',
    'AnswerTimeUTC': '2026-11-22 20:00:04',
    'EndTimeUTC': '2026-11-22 20:00:34',
}


@tagged('asterisk_plus')
class TestCall(TransactionCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.agent = new_test_user(cls.env, login='agent', groups='asterisk_plus.group_pbx_server')
        cls.server = cls.env['asterisk_plus.server'].create({'name': 'hq', 'pbx': 'acme_hq'})
        cls.rule = cls.env.ref('asterisk_calls.cdr')

    def process(self, event, seq=1):
        item = {
            'epoch': '1790000000-5f3a9c21',
            'seq': seq,
            'at': 1790020834.5,
            'rules': [str(self.rule.id)],
            'event': event,
        }
        batch = {'v': 1, 'pbx': 'acme_hq', 'events': [item], 'results': []}
        answer = self.env['asterisk_plus.server'].with_user(self.agent).process_batch(batch)
        self.assertEqual((answer['done'], answer['failed']), (1, []))
        return self.env['asterisk_calls.call'].search([('uniqueid', '=', event['UniqueID'])])

    def test_the_guides_rule(self):
        self.assertEqual((self.rule.name, self.rule.source, self.rule.delay), ('Cdr', 'AMI', 0))
        self.assertEqual((self.rule.model, self.rule.method), ('asterisk_calls.call', 'create_cdr'))
        self.assertTrue(self.rule.is_enabled)
        self.assertFalse(self.rule.warning)

    def test_an_answered_call(self):
        call = self.process(CDR)
        self.assertEqual((call.src, call.dst, call.clid), ('101', '100', '"Zoë" <101>'))
        self.assertEqual(call.started, datetime(2026, 11, 22, 20, 0, 0))
        self.assertEqual(call.answered, datetime(2026, 11, 22, 20, 0, 4))
        self.assertEqual(call.ended, datetime(2026, 11, 22, 20, 0, 34))
        self.assertEqual((call.duration, call.billsec, call.disposition), (34, 30, 'ANSWERED'))
        self.assertEqual(call.server_id, self.server)

    def test_an_unanswered_call(self):
        call = self.process(
            {**CDR, 'Disposition': 'NO ANSWER', 'AnswerTime': '', 'AnswerTimeUTC': '', 'BillableSeconds': '0'}
        )
        self.assertFalse(call.answered)
        self.assertEqual((call.disposition, call.billsec), ('NO ANSWER', 0))

    def test_without_what_the_agent_adds(self):
        event = {key: value for key, value in CDR.items() if not key.endswith('UTC')}
        self.assertEqual(self.process(event).started, datetime(2026, 11, 22, 16, 0, 0))

    def test_a_disposition_of_tomorrow(self):
        self.assertFalse(self.process({**CDR, 'Disposition': 'ABDUCTED'}).disposition)

    def test_who_reads(self):
        for group, may in (('group_pbx_user', True), ('group_pbx_server', True)):
            user = new_test_user(self.env, login=group, groups=f'asterisk_plus.{group}')
            self.assertEqual(self.env['asterisk_calls.call'].with_user(user).has_access('read'), may)
        stranger = new_test_user(self.env, login='stranger', groups='base.group_user')
        self.assertFalse(self.env['asterisk_calls.call'].with_user(stranger).has_access('read'))
