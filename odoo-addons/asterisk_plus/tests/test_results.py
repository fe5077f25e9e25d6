from odoo import fields
from odoo.tests import tagged
from odoo.tools import mute_logger

from .common import PbxCase

JOB = '0b9f6a52-5a7e-4e5c-9d53-7c9d1f0c2a11'
SUCCESS = [{'Response': 'Success', 'Message': 'Originate successfully queued'}]
ERROR = [{'Response': 'Error', 'Message': 'Extension does not exist.'}]


@tagged('asterisk_plus')
class TestResults(PbxCase):
    def setUp(self):
        super().setUp()
        self.calls = calls = []

        def take(partners, *args, **kwargs):
            calls.append((args, kwargs))

        self.handler(take, 'pbx_test_callback')

    def result(self, result=SUCCESS, status='done', job=JOB, **callback):
        style = callback.pop('style', 'positional')
        return {
            'jobId': job,
            'fun': 'asterisk.manager_action',
            'status': status,
            'result': result,
            'callback': {'style': style, **callback},
        }

    def callback(self, **more):
        return {'res_model': 'res.partner', 'res_method': 'pbx_test_callback', **more}

    def job(self, **values):
        return self.env['asterisk_plus.job'].create(
            {
                'server_id': self.server.id,
                'fun': 'test.ping',
                'state': 'sent',
                'door_job_id': JOB,
                'body': '{}',
                **values,
            }
        )

    def test_positional_as_the_guide_writes_it(self):
        self.process(results=[self.result(**self.callback(pass_back={'uid': 7}))])
        self.assertEqual(self.calls, [((SUCCESS, {'uid': 7}), {})])

    def test_keyword_as_odoopbx_3_wants_it(self):
        self.process(results=[self.result(style='keyword', **self.callback(pass_back={'uid': 7}))])
        self.process(results=[self.result(style='keyword', job='0b9f6a52-2', **self.callback())])
        self.assertEqual(self.calls, [((SUCCESS,), {'uid': 7}), ((SUCCESS,), {})])

    def test_once(self):
        result = self.result(**self.callback())
        self.assertEqual(self.process(results=[result])['done'], 1)
        self.assertEqual(self.process(results=[result])['duplicate'], 1)
        self.assertEqual(len(self.calls), 1)

    def test_a_failing_callback_is_kept(self):
        def fail(partners, result, pass_back):
            raise ValueError('no')

        self.handler(fail, 'pbx_test_fail')
        answer = self.process(results=[self.result(res_model='res.partner', res_method='pbx_test_fail')])
        self.assertEqual(
            (answer['done'], answer['failed'][0]['rule'], answer['failed'][0]['seq']), (0, JOB, 0)
        )
        self.assertEqual(self.failures().kind, 'callback')

    def test_a_private_or_missing_callback_is_kept_too(self):
        results = [
            self.result(job='job-00001', res_model='asterisk_plus.server', res_method='local_job'),
            self.result(job='job-00002', res_model='res.partner', res_method='no_such'),
            self.result(job='job-00003', res_model='no.such', res_method='x'),
        ]
        with mute_logger('odoo.addons.asterisk_plus.models.server_batch'):
            answer = self.process(results=results)
        self.assertEqual(len(answer['failed']), 3)
        self.assertIn('cannot be called remotely', answer['failed'][0]['error'])

    def test_the_row_of_the_job_learns_its_result(self):
        job = self.job()
        self.process(results=[self.result()])
        self.assertEqual((job.state, job.result, job.error), ('done', SUCCESS[0]['Message'], False))
        self.assertGreaterEqual(job.duration, 0)

    def test_a_response_error_is_a_failed_job(self):
        job = self.job()
        self.process(results=[self.result(ERROR)])
        self.assertEqual((job.state, job.error), ('failed', 'Extension does not exist.'))

    def test_a_result_that_postgresql_cannot_store(self):
        job = self.job()
        self.process(results=[self.result('a\0b\ud800')])
        self.assertEqual(job.result, 'a\ufffdb?')

    def test_an_expired_job(self):
        job = self.job()
        self.process(results=[self.result(ERROR, status='expired')])
        self.assertEqual(job.state, 'expired')

    def test_a_result_that_overtakes_the_doors_answer_waits_for_the_row(self):
        self.process(results=[self.result()])
        early = self.env['asterisk_plus.job'].search([('door_job_id', '=', JOB)])
        self.assertEqual(early.state, 'done')
        job = self.job(state='queued', door_job_id=False, expires_at=fields.Datetime.now())
        job._mark_sent(JOB)
        self.assertEqual((job.state, job.result, job.door_job_id), ('done', SUCCESS[0]['Message'], JOB))
        self.assertFalse(early.exists())

    def test_a_failure_warns_whom_the_job_names(self):
        self.process(results=[self.result(ERROR, res_notify_uid=self.caller.id, res_notify_title='Call')])
        [(channel, message)] = self.notifications()
        self.assertIn(f'"res.partner",{self.caller.partner_id.id}]', channel.replace(' ', ''))
        self.assertIn('Extension does not exist.', message)
        self.assertIn('"warning"', message)
        self.assertIn('"Call"', message)

    def test_success_is_told_to_whom_the_job_names(self):
        self.process(results=[self.result(True, res_notify_uid=self.caller.id)])
        [(_channel, message)] = self.notifications()
        self.assertIn('"OK"', message)
        self.assertIn('"info"', message)

    def test_a_failure_that_nobody_handles_is_told_to_who_caused_it(self):
        self.job()
        self.process(results=[self.result(ERROR)])
        self.assertEqual(len(self.notifications()), 0, 'caused by the superuser')
        self.env['asterisk_plus.job'].search([]).unlink()
        job = self.job()
        self.env.cr.execute(
            'UPDATE asterisk_plus_job SET create_uid = %s WHERE id = %s', (self.caller.id, job.id)
        )
        job.invalidate_recordset()
        self.env.cr.execute('DELETE FROM asterisk_plus_processed_item')
        self.process(results=[self.result(ERROR)])
        self.assertEqual(len(self.notifications()), 1)

    def test_originate_call_response_warns(self):
        pass_back = {'uid': self.caller.id}
        callback = {'res_model': 'asterisk_plus.server', 'res_method': 'originate_call_response'}
        answer = self.process(
            results=[
                self.result(ERROR, **callback, pass_back=pass_back),
                self.result(SUCCESS, job='another-job', **callback, pass_back=pass_back),
            ]
        )
        self.assertEqual(answer['done'], 2)
        [(_channel, message)] = self.notifications()
        self.assertIn('Extension does not exist.', message)
