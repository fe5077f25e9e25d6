import json
from datetime import timedelta
from unittest.mock import Mock

import requests
from odoo import fields
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import tagged

from ..models.job import TRANSACTION_JOBS
from .common import PbxCase

ORIGINATE = {'Action': 'Originate', 'Channel': 'PJSIP/101', 'Exten': '100', 'Timeout': 60000}


def door(status=202, text='{"job_id": "job-12345"}', error=None):
    response = Mock(status_code=status, text=text)
    response.json = lambda: json.loads(text)
    return Mock(post=Mock(side_effect=error, return_value=response))


@tagged('asterisk_plus')
class TestLocalJob(PbxCase):
    def test_the_guides_call(self):
        job = self.server.with_user(self.caller).local_job(
            'asterisk.manager_action',
            ORIGINATE,
            res_model='asterisk_plus.server',
            res_method='originate_call_response',
            pass_back={'uid': 7},
        )
        body = json.loads(job.sudo().body)
        self.assertEqual(body['args'], [ORIGINATE])
        self.assertEqual(body['callback_style'], 'positional')
        self.assertEqual(body['pass_back'], {'uid': 7})
        self.assertEqual(
            (body['res_model'], body['res_method']), ('asterisk_plus.server', 'originate_call_response')
        )
        self.assertEqual(job.sudo().create_uid, self.caller)
        self.assertEqual(job.env.uid, self.caller.id)
        self.assertFalse(job.env.su)

    def test_the_call_of_odoopbx_3(self):
        job = self.server.local_job(
            fun='asterisk.manager_action',
            args=ORIGINATE,
            kwargs={'timeout': 5, 'as_list': None},
            res_notify_uid=self.caller.id,
            res_notify_title='Call',
            callback_style='keyword',
        )
        body = json.loads(job.body)
        self.assertEqual(body['kwargs'], {'timeout': 5, 'as_list': None})
        self.assertEqual((body['res_notify_uid'], body['res_notify_title']), (self.caller.id, 'Call'))
        self.assertEqual(body['callback_style'], 'keyword')

    def test_the_names_of_odoopbx_1(self):
        body = json.loads(self.server.local_job(fun='test.echo', arg=['x'], kwarg={'a': 1}).body)
        self.assertEqual((body['args'], body['kwargs']), (['x'], {'a': 1}))

    def test_the_style_of_the_server(self):
        self.server.callback_style = 'keyword'
        self.assertEqual(json.loads(self.server.local_job('test.ping').body)['callback_style'], 'keyword')

    def test_an_originate_expires_in_a_minute(self):
        job = self.server.local_job('asterisk.manager_action', ORIGINATE)
        self.assertEqual((job.expires_at - job.next_attempt_at).total_seconds(), 60)
        self.assertEqual(
            self.server.local_job('test.ping', expires_in=7).expires_at - job.next_attempt_at
            < timedelta(seconds=9),
            True,
        )

    def test_bad_jobs_are_refused_at_once(self):
        for arguments in (
            {'fun': 'nonsense'},
            {'fun': 'test.ping', 'res_notify_uid': 2**31 - 1},
            {'fun': 'test.ping', 'res_model': 'res.partner'},
            {'fun': 'test.ping', 'res_model': 'no.such', 'res_method': 'x'},
            {'fun': 'test.ping', 'res_model': 'res.partner', 'res_method': '_private'},
            {'fun': 'test.ping', 'res_model': 'asterisk_plus.server', 'res_method': 'local_job'},
            {'fun': 'asterisk.manager_action', 'args': {'Action': 'a\nb'}},
        ):
            with self.assertRaises(ValidationError, msg=str(arguments)):
                self.server.local_job(**arguments)
            with self.assertLogs('odoo.addons.asterisk_plus.models.server_job', 'WARNING'):
                self.assertFalse(self.server.local_job(**arguments, raise_exc=False))

    def test_a_server_without_a_door_cannot_send(self):
        self.server.api_key = False
        with self.assertRaisesRegex(ValidationError, 'door and API key'):
            self.server.local_job('test.ping')
        with self.assertRaisesRegex(ValidationError, 'one PBX server'):
            self.server.browse().local_job('test.ping')

    def test_one_hook_for_all_jobs_of_a_transaction(self):
        hooks = len(self.env.cr.postcommit._funcs)
        jobs = self.server.local_job('test.ping') + self.server.local_job('test.ping')
        self.assertEqual(len(self.env.cr.postcommit._funcs), hooks + 1)
        self.assertEqual(self.env.cr.postcommit.data[TRANSACTION_JOBS][-2:], jobs.ids)


@tagged('asterisk_plus')
class TestPosting(PbxCase):
    def setUp(self):
        super().setUp()
        self.job = self.server.with_user(self.caller).local_job('test.ping').sudo()

    def post(self, session):
        return self.env['asterisk_plus.job']._post_locked(self.job.id, session)

    def test_what_the_door_gets(self):
        session = door()
        self.assertTrue(self.post(session))
        (address,), sent = session.post.call_args
        self.assertEqual(address, 'https://door.example.com/app/asterisk_plus/agent')
        self.assertEqual(sent['headers']['x-api-key'], 'secret-key')
        uid = self.env['ir.config_parameter'].sudo().get_param('database.uuid')
        self.assertEqual(sent['headers']['x-instance-uid'], uid)
        self.assertEqual(sent['headers']['Idempotency-Key'], self.job.idempotency_key)
        self.assertIs(sent['allow_redirects'], False)
        body = json.loads(sent['data'])
        self.assertEqual(body['fun'], 'test.ping')
        self.assertAlmostEqual(body['expires_at'] - fields.Datetime.now().timestamp(), 300, delta=86400)
        self.assertEqual((self.job.state, self.job.door_job_id), ('sent', 'job-12345'))

    def test_any_2xx_is_success(self):
        self.post(door(200, 'OK'))
        self.assertEqual((self.job.state, self.job.door_job_id), ('sent', False))

    def test_a_sent_job_is_not_posted_again(self):
        self.post(door())
        again = door()
        self.assertTrue(self.post(again))
        again.post.assert_not_called()

    def test_the_doors_refusal_is_final_and_shown(self):
        self.post(door(403, 'This database may not send jobs to PBX hq.'))
        self.assertEqual(
            (self.job.state, self.job.error), ('failed', 'This database may not send jobs to PBX hq.')
        )
        [(_channel, message)] = self.notifications()
        self.assertIn('This database may not send jobs', message)

    def test_an_offline_pbx_is_tried_again_and_told_once(self):
        self.assertTrue(self.post(door(503, 'PBX hq offline since 10:00')))
        self.post(door(503, 'PBX hq offline since 10:00'))
        self.assertEqual((self.job.state, self.job.attempts), ('queued', 2))
        self.assertGreater(self.job.next_attempt_at, fields.Datetime.now())
        self.assertEqual(len(self.notifications()), 1)

    def test_a_door_out_of_reach_is_tried_again_with_the_same_key(self):
        key = self.job.idempotency_key
        self.assertFalse(self.post(door(error=requests.ConnectionError())))
        [(_channel, message)] = self.notifications()
        self.assertIn('tried again', message)
        session = door()
        self.post(session)
        self.assertEqual(session.post.call_args.kwargs['headers']['Idempotency-Key'], key)

    def test_too_late_is_never_posted(self):
        self.job.expires_at = fields.Datetime.now() - timedelta(seconds=1)
        session = door()
        self.post(session)
        session.post.assert_not_called()
        self.assertEqual(self.job.state, 'expired')
        self.assertEqual(len(self.notifications()), 1)

    def test_a_quiet_job_tells_nobody(self):
        self.job.quiet = True
        self.post(door(403, 'no'))
        self.assertFalse(self.notifications())

    def test_cancel(self):
        self.job.with_user(self.admin).action_cancel()
        session = door()
        self.post(session)
        session.post.assert_not_called()
        with self.assertRaises(UserError):
            self.job.with_user(self.admin).action_cancel()
        with self.assertRaises(AccessError):
            self.job.with_user(self.caller).action_cancel()
