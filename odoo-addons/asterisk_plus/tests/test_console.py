import json
from datetime import timedelta
from unittest.mock import patch

from odoo import fields
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.service.model import call_kw
from odoo.tests import tagged
from odoo.tools import file_open

from ..tools.console import console_arguments, console_offer
from ..tools.door import DoorAnswer
from .common import PBX, PbxCase

SESSION = '0b9f6a52-5a7e-4e5c-9d53-7c9d1f0c2a11'
OFFER = {'session': SESSION, 'url': 'wss://door.example.com/console?ticket=abc', 'expires_at': 1790000060}
POST = 'odoo.addons.asterisk_plus.models.server_console.post_job'


class ConsoleCase(PbxCase):
    def setUp(self):
        super().setUp()
        self.asked = []
        # open_console notes and commits in transactions of its own: here they are savepoints of this one.
        self.env.flush_all()
        self.registry_enter_test_mode()

    def open(self, answer=None, user=None, server=None, size=(120, 40)):
        answer = answer or DoorAnswer('sent', job_id='job-1', console=OFFER)

        def post(session, address, api_key, uid, key, body):
            self.asked.append((address, api_key, json.loads(body)))
            return answer() if callable(answer) else answer

        servers = (server or self.server).with_user(user or self.admin)
        with patch(POST, side_effect=post):
            return call_kw(servers, 'open_console', [servers.ids, *size], {})

    def sessions(self):
        self.env.invalidate_all()
        return self.env['asterisk_plus.console_session'].search([])

    def event(self, action, at=1790000000, session=SESSION, **more):
        self.env['asterisk_plus.console_session'].with_user(self.agent).with_context(
            asterisk_plus_server_id=self.server.id
        ).on_console_event(
            {
                'Event': 'OdooPBXConsole',
                'Action': action,
                'Session': session,
                'UserId': str(self.admin.id),
                'UserName': 'Somebody',
                'Address': '192.0.2.7',
                'Shell': 'no',
                'EventTime': at,
                'SystemName': 'hq',
                **more,
            }
        )


@tagged('asterisk_plus')
class TestOpenConsole(ConsoleCase):
    def test_what_the_door_is_asked_and_the_browser_told(self):
        told = self.open()
        [(address, key, body)] = self.asked
        self.assertEqual(address, 'https://door.example.com/app/asterisk_plus/agent')
        self.assertEqual(key, 'secret-key')
        self.assertEqual((body['fun'], body['args']), ('console.open', []))
        user = {'id': self.admin.id, 'name': self.admin.name}
        self.assertEqual(body['kwargs'], {'cols': 120, 'rows': 40, 'user': user})
        session = self.sessions()
        self.assertEqual(body['pass_back'], {'console_session_id': session.id})
        self.assertEqual(told, {'id': session.id, 'server': 'hq', **OFFER})
        self.assertEqual(
            (session.state, session.session, session.user_id, session.pbx, session.create_uid),
            ('asked', SESSION, self.admin, PBX, self.admin),
        )

    def test_the_action_of_the_button(self):
        action = self.server.with_user(self.admin).action_console()
        self.assertEqual(
            (action['tag'], action['context']), ('asterisk_plus.console', {'active_id': self.server.id})
        )

    def test_whether_the_pbx_allows_it(self):
        servers = self.env['asterisk_plus.server'].with_user(self.agent)
        self.assertFalse(self.server.console_state)
        for at, (status, words) in enumerate(
            (
                ({'consoleEnabled': True}, 'Ready'),
                ({'consoleEnabled': False}, 'Not enabled'),
                (
                    {'consoleEnabled': False, 'consoleProblem': 'no cli_permissions.conf'},
                    'no cli_permissions.conf',
                ),
                ({}, 'Not enabled'),
            )
        ):
            servers.update_agent_status(PBX, {'at': 1790000000 + at, **status})
            self.assertIn(words, self.server.console_state)

    def test_only_pbx_admins(self):
        for user in (self.caller, self.agent, self.stranger):
            for method in (self.server.with_user(user).action_console, lambda u=user: self.open(user=u)):
                with self.assertRaises(AccessError):
                    method()
        self.assertFalse(self.asked)
        self.assertFalse(self.sessions())

    def test_not_of_another_company(self):
        company = self.env['res.company'].create({'name': 'Other'})
        other = self.server.copy({'pbx': 'other_hq', 'company_id': company.id, 'api_key': 'other-key'})
        self.env.flush_all()
        with self.assertRaises(AccessError):
            self.open(server=other)
        self.assertFalse(self.asked)

    def test_sizes_that_no_terminal_has(self):
        for size in ((1, 40), (120, 301), ('120', 40), (True, 40), (1.5, 40)):
            with self.assertRaises(ValidationError, msg=str(size)):
                self.open(size=size)
        self.assertFalse(self.asked)

    def test_the_doors_words_are_shown_and_noted(self):
        for answer, words in (
            (DoorAnswer('retry', 'PBX hq offline since 12:00'), '^PBX hq offline since 12:00$'),
            (
                DoorAnswer('refused', 'The console of PBX hq is disabled'),
                '^The console of PBX hq is disabled$',
            ),
            (DoorAnswer('retry', 'ConnectTimeout', spoke=False), 'out of reach.*ConnectTimeout'),
            (DoorAnswer('sent', job_id='job-1'), 'has no console'),
            (
                DoorAnswer('sent', job_id='job-1', console={**OFFER, 'url': 'javascript:alert(1)'}),
                'has no console',
            ),
        ):
            with self.assertRaisesRegex(UserError, words):
                self.open(answer)
            last = self.sessions()[0]
            self.assertEqual((last.state, last.end_code, last.session), ('refused', 'door', False))
            self.assertRegex(last.end_reason, words)

    def test_without_a_door(self):
        self.server.api_key = False
        with self.assertRaisesRegex(UserError, 'door and API key'):
            self.open()

    def test_not_from_a_neutralized_copy(self):
        with file_open('asterisk_plus/data/neutralize.sql') as file:
            self.env.cr.execute(file.read())
        self.env.invalidate_all()
        with self.assertRaisesRegex(UserError, 'door and API key'):
            self.open()
        self.assertFalse(self.asked)

    def test_no_ticket_in_the_log(self):
        with self.assertLogs('odoo.addons.asterisk_plus', 'DEBUG') as logs:
            self.open()
        self.assertIn(SESSION, ''.join(logs.output))
        self.assertNotIn('ticket', ''.join(logs.output))

    def test_events_that_overtake_the_doors_answer(self):
        def answer():
            self.event('opened')
            self.event('closed', at=1790000005, EndCode='exited')
            self.env.flush_all()
            return DoorAnswer('sent', job_id='job-1', console=OFFER)

        told = self.open(answer)
        session = self.sessions()
        self.assertEqual((session.id, session.user_id), (told['id'], self.admin))
        self.assertEqual((session.state, session.end_code, session.duration), ('closed', 'exited', 5))


@tagged('asterisk_plus')
class TestConsoleSession(ConsoleCase):
    def setUp(self):
        super().setUp()
        self.open()
        self.session = self.sessions()

    def result(self, result, row=None, user=None):
        sessions = self.env['asterisk_plus.console_session'].with_user(user or self.agent)
        sessions.on_console_result(result, {'console_session_id': row or self.session.id})
        self.env.invalidate_all()

    def test_any_order_of_events_tells_the_same(self):
        closed = {
            'at': 1790000042,
            'EndCode': 'idle',
            'Reason': 'nothing typed',
            'BytesOut': '700',
            'BytesIn': '9',
        }
        for order in ('opened', 'closed'), ('closed', 'opened'), ('closed', 'closed', 'opened', 'opened'):
            for action in order:
                self.event(action, Shell='yes', **(closed if action == 'closed' else {}))
            session = self.session
            self.assertEqual(
                (session.state, session.end_code, session.end_reason), ('closed', 'idle', 'nothing typed')
            )
            self.assertEqual((session.duration, session.bytes_out, session.bytes_in), (42, 700, 9))
            self.assertTrue(session.shell)
            session.write({'state': 'asked', 'opened_at': False, 'closed_at': False, 'end_code': False})

    def test_the_event_goes_by_its_rule(self):
        rule = self.env.ref('asterisk_plus.event_console')
        event = {'Event': 'OdooPBXConsole', 'Action': 'opened', 'Session': SESSION, 'EventTime': 1790000000}
        item = {
            'epoch': '1790000000-5f3a9c21',
            'seq': 7,
            'at': 1790000000,
            'rules': [str(rule.id)],
            'event': event,
        }
        self.assertEqual(self.process(item)['done'], 1)
        self.assertEqual(self.session.state, 'open')

    def test_a_session_that_odoo_did_not_ask_for_is_noted(self):
        other = 'ffffffff-5a7e-4e5c-9d53-7c9d1f0c2a11'
        self.event('opened', session=other)
        unasked = self.sessions()[0]
        self.assertEqual((unasked.session, unasked.pbx, unasked.user_name), (other, PBX, 'Somebody'))
        self.assertEqual((unasked.server_id, unasked.address), (self.server, '192.0.2.7'))
        self.assertFalse(unasked.user_id)

    def test_events_of_another_shape(self):
        self.event('closed', EndCode='<b>', Reason=7, BytesOut='-1', EventTime='never', BytesIn='1' * 99)
        self.assertEqual((self.session.end_code, self.session.end_reason), ('unknown', False))
        self.assertEqual((self.session.bytes_out, self.session.bytes_in), (0, 0))
        for action, session in (('typed', SESSION), ('opened', 'x'), ('opened', None)):
            with self.assertRaises(ValueError):
                self.event(action, session=session)

    def test_the_jobs_answer(self):
        self.result({'session': SESSION, 'started': True, 'shell': True})
        self.assertEqual((self.session.state, self.session.shell), ('open', True))

    def test_a_refusal_reaches_the_window_that_waits(self):
        error = {'error': {'code': 'CONSOLE_LIMIT', 'message': '3 consoles are open already'}}
        self.result(error)
        self.assertEqual(
            (self.session.state, self.session.end_reason), ('refused', '3 consoles are open already')
        )
        self.env.cr.precommit.run()
        [message] = self.env['bus.bus'].search([('message', 'like', 'asterisk_plus.console_refused')])
        payload = json.loads(message.message)['payload']
        self.assertEqual(
            payload, {'id': self.session.id, 'code': 'refused', 'reason': '3 consoles are open already'}
        )
        self.assertIn(f'"res.partner",{self.admin.partner_id.id}]', message.channel.replace(' ', ''))
        # What came of it later is not undone by a late answer.
        self.event('closed', EndCode='exited')
        self.result(error)
        self.assertEqual(self.session.state, 'closed')

    def test_who_may_tell(self):
        for user in (self.admin, self.caller, self.stranger):
            sessions = self.env['asterisk_plus.console_session'].with_user(user)
            for call in (
                lambda s=sessions: s.on_console_event({'Action': 'opened', 'Session': SESSION}),
                lambda s=sessions: s.on_console_result({}, {'console_session_id': self.session.id}),
            ):
                with self.assertRaises(AccessError):
                    call()
        with self.assertRaises(ValidationError):
            self.result({}, row='1 OR 1=1')

    def test_the_browser_tells_the_end_of_its_own(self):
        self.session.with_user(self.admin).note_closed('closed', 'The window was closed.')
        self.assertEqual((self.session.state, self.session.end_code), ('closed', 'closed'))
        self.session.with_user(self.admin).note_closed('idle', 'too late')
        self.assertEqual(self.session.end_code, 'closed')
        # The PBX knows better.
        self.event('closed', EndCode='exited', Reason='quit')
        self.assertEqual(self.session.end_code, 'exited')

    def test_nobody_tells_the_end_of_anothers(self):
        other = self.user_of('other_admin', 'asterisk_plus.group_pbx_admin')
        self.session.with_user(other).note_closed('closed', 'x')
        self.assertEqual(self.session.state, 'asked')
        for user in (self.caller, self.agent, self.stranger):
            with self.assertRaises(AccessError):
                self.session.with_user(user).note_closed('closed', 'x')

    def test_nobody_writes_the_log(self):
        for user in (self.admin, self.agent, self.caller, self.stranger):
            sessions = self.env['asterisk_plus.console_session'].with_user(user)
            for operation in ('create', 'write', 'unlink'):
                self.assertFalse(sessions.has_access(operation), operation)
            self.assertEqual(sessions.has_access('read'), user == self.admin)

    def test_the_log_of_other_companies(self):
        self.session.company_id = self.env['res.company'].create({'name': 'Other'})
        self.assertFalse(self.env['asterisk_plus.console_session'].with_user(self.admin).search([]))

    def test_the_log_outlives_the_server(self):
        self.server.unlink()
        self.assertEqual((self.session.exists().pbx, self.session.server_id.id), (PBX, False))

    def test_what_becomes_of_old_ones(self):
        def age(days):
            self.env.flush_all()
            self.env.cr.execute(
                'UPDATE asterisk_plus_console_session SET create_date = %s',
                (fields.Datetime.now() - timedelta(days=days),),
            )
            self.env.invalidate_all()
            self.session._gc_console_sessions()

        age(6)
        self.assertEqual(self.session.state, 'asked')
        age(8)
        self.assertEqual((self.session.state, self.session.end_code), ('closed', 'unknown'))
        age(364)
        self.assertTrue(self.session.exists())
        self.env['ir.config_parameter'].set_param('asterisk_plus.console_log_days', '30')
        age(31)
        self.assertFalse(self.session.exists())


@tagged('asterisk_plus')
class TestConsoleTools(PbxCase):
    def test_arguments(self):
        arguments = console_arguments(80, 24, 7, 'A' * 99 + '\0', '192.0.2.7')
        self.assertEqual(arguments['user'], {'id': 7, 'name': 'A' * 64})
        self.assertEqual(arguments['address'], '192.0.2.7')
        self.assertNotIn('address', console_arguments(80, 24, 7, 'A', False))

    def test_offers(self):
        self.assertEqual(console_offer(OFFER), OFFER)
        for wrong in (
            None,
            'x',
            {},
            {**OFFER, 'session': 'x'},
            {**OFFER, 'url': 'https://x'},
            {**OFFER, 'url': 'wss://x y'},
            {**OFFER, 'expires_at': 'soon'},
        ):
            self.assertIsNone(console_offer(wrong), wrong)
