from odoo.tests import BaseCase, tagged

from ..tools.job_request import job_request, life_of
from ..tools.result_text import failure_reason, in_words

PING = {'Action': 'Ping'}
ORIGINATE = {'Action': 'originate', 'Channel': 'PJSIP/101'}


def request(fun='asterisk.manager_action', args=None, kwargs=None, timeout=6):
    return job_request(fun, args, kwargs, timeout, {})


@tagged('asterisk_plus')
class TestJobRequest(BaseCase):
    def test_a_bare_action_a_list_and_a_tuple(self):
        self.assertEqual(request(args=PING)['args'], [PING])
        self.assertEqual(request(args=[PING])['args'], [PING])
        self.assertEqual(request(args=(PING,))['args'], [PING])
        self.assertEqual(request(args=[[PING, PING]])['args'], [[PING, PING]])
        self.assertEqual(request('asterisk.command', 'core show channels')['args'], ['core show channels'])
        self.assertEqual(request('test.ping')['args'], [])

    def test_line_breaks_in_an_action_are_refused(self):
        for action in ({'Action': 'Ping\r\nAction: Logoff'}, {'A\nB': '1'}, {'Variable': ['a=1', 'b=\0']}):
            for args in (action, [action], [[action]]):
                with self.assertRaisesRegex(ValueError, 'line break'):
                    request(args=args)
        request('asterisk.put_config', ['extensions.conf', '[a]\nexten = 1\n'])

    def test_bad_requests_are_refused(self):
        for bad in (
            {'fun': 'ping'},
            {'fun': None},
            {'timeout': 0},
            {'timeout': '6'},
            {'timeout': True},
            {'kwargs': [1]},
            {'args': object()},
            {'args': float('nan')},
            {'args': 'x' * 900_001},
        ):
            with self.assertRaises(ValueError, msg=str(bad)[:80]):
                request(**bad)

    def test_an_originate_lives_a_minute(self):
        self.assertEqual(life_of(request(args=ORIGINATE)), 60)
        self.assertEqual(life_of(request(args=[[PING, ORIGINATE]])), 60)
        self.assertEqual(life_of(request(args=PING)), 300)
        self.assertEqual(life_of(request('test.ping')), 300)


@tagged('asterisk_plus')
class TestResultText(BaseCase):
    def test_reasons(self):
        error = {'Response': 'Error', 'Message': 'No such channel'}
        self.assertEqual(failure_reason('done', [error]), 'No such channel')
        self.assertEqual(failure_reason('done', error), 'No such channel')
        self.assertEqual(failure_reason('done', [{'Response': 'Success'}]), '')
        self.assertEqual(failure_reason('done', True), '')
        self.assertEqual(
            failure_reason('refused', {'error': {'code': 'X', 'message': 'not allowed'}}), 'not allowed'
        )
        self.assertEqual(failure_reason('expired', [error]), 'No such channel')
        self.assertEqual(failure_reason('interrupted', None), 'interrupted: null')

    def test_words(self):
        self.assertEqual(in_words(True), 'OK')
        self.assertEqual(in_words('pong'), 'pong')
        self.assertEqual(in_words([{'Response': 'Success', 'Ping': 'Pong'}]), 'Pong')
        self.assertEqual(in_words([]), '[]')
        self.assertEqual(len(in_words('x' * 9999)), 500)
