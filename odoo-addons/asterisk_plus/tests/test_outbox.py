from unittest.mock import patch

from odoo import SUPERUSER_ID, api
from odoo.modules.registry import Registry
from odoo.tests import BaseCase, get_db_name, tagged

from ..tools.door import DoorAnswer


@tagged('asterisk_plus', 'post_install', '-at_install')
class TestOutbox(BaseCase):
    """Real commits, on cursors of its own: what happens after a commit cannot be seen within one
    transaction. What it writes, it removes."""

    def setUp(self):
        super().setUp()
        self.registry = Registry(get_db_name())
        with self.cursor() as env:
            values = {
                'name': 'outbox',
                'pbx': 'test_outbox',
                'door_url': 'https://door.example.com',
                'api_key': 'k',
            }
            self.server_id = env['asterisk_plus.server'].create(values).id
        self.addCleanup(self.remove)
        self.posted = []
        posting = patch('odoo.addons.asterisk_plus.models.job.post_job', side_effect=self.post)
        posting.start()
        self.addCleanup(posting.stop)

    def cursor(self):
        registry = self.registry

        class Environment:
            def __enter__(self):
                self.cr = registry.cursor()
                return api.Environment(self.cr, SUPERUSER_ID, {})

            def __exit__(self, failed, *rest):
                try:
                    if not failed:
                        self.cr.commit()
                finally:
                    self.cr.close()

        return Environment()

    def remove(self):
        self.remove_server(self.server_id)

    def remove_server(self, server_id):
        with self.cursor() as env:
            env['asterisk_plus.server'].browse(server_id).unlink()

    def post(self, session, address, api_key, uid, key, body):
        self.posted.append(body)
        return DoorAnswer('sent', job_id=f'job-{key}')

    def send(self, env, fun='test.ping'):
        return env['asterisk_plus.server'].browse(self.server_id).local_job(fun)

    def states(self):
        with self.cursor() as env:
            return env['asterisk_plus.job'].search([('server_id', '=', self.server_id)]).mapped('state')

    def test_posts_after_the_commit(self):
        with self.cursor() as env:
            self.send(env)
            env.flush_all()
            self.assertFalse(self.posted)
        self.assertEqual(len(self.posted), 1)
        self.assertEqual(self.states(), ['sent'])

    def test_a_rolled_back_transaction_dials_nothing(self):
        with self.assertRaises(ZeroDivisionError), self.cursor() as env:
            self.send(env)
            raise ZeroDivisionError
        self.assertFalse(self.posted)
        self.assertFalse(self.states())

    def test_a_rolled_back_savepoint_that_runs_again_dials_once(self):
        with self.cursor() as env:
            try:
                with env.cr.savepoint():
                    self.send(env, 'test.first')
                    raise ZeroDivisionError
            except ZeroDivisionError:
                self.send(env, 'test.second')
        self.assertEqual(len(self.posted), 1)
        self.assertIn('test.second', self.posted[0])

    def test_a_hook_that_fails_leaves_the_rows_to_the_cron(self):
        with patch('odoo.addons.asterisk_plus.tools.outbox.post_jobs', side_effect=RuntimeError('no')):
            with self.assertLogs('odoo.addons.asterisk_plus.tools.outbox', 'ERROR'), self.cursor() as env:
                self.send(env)
        self.assertEqual(self.states(), ['queued'])
        with self.cursor() as env:
            env['asterisk_plus.job']._cron_post_queued()
        self.assertEqual(self.states(), ['sent'])

    def test_after_a_door_out_of_reach_the_rest_waits(self):
        def out_of_reach(*args):
            self.posted.append(args)
            return DoorAnswer('retry', 'no answer', spoke=False)

        with (
            patch('odoo.addons.asterisk_plus.models.job.post_job', side_effect=out_of_reach),
            self.cursor() as env,
        ):
            self.send(env)
            self.send(env)
            server = env['asterisk_plus.server'].browse(self.server_id)
            other = server.copy({'pbx': 'test_other', 'api_key': 'o'})
            other.local_job('test.ping')
        self.addCleanup(self.remove_server, other.id)
        self.assertEqual(len(self.posted), 1, 'another PBX of the same door waits too')
        self.assertEqual(self.states(), ['queued', 'queued'])

    def test_a_row_that_cannot_be_posted_does_not_stop_the_others(self):
        def first_fails(*args):
            if 'test.first' in args[-1]:
                raise UnicodeError('no')
            return self.post(*args)

        with patch('odoo.addons.asterisk_plus.models.job.post_job', side_effect=first_fails):
            with self.assertLogs('odoo.addons.asterisk_plus.tools.outbox', 'ERROR'), self.cursor() as env:
                self.send(env, 'test.first')
                self.send(env, 'test.second')
        self.assertEqual(sorted(self.states()), ['queued', 'sent'])

    def test_hook_and_cron_do_not_both_post(self):
        def while_the_cron_runs(*args):
            with self.cursor() as env:
                env['asterisk_plus.job']._cron_post_queued()
            return self.post(*args)

        with patch('odoo.addons.asterisk_plus.models.job.post_job', side_effect=while_the_cron_runs):
            with self.cursor() as env:
                self.send(env)
        self.assertEqual(len(self.posted), 1)

    def test_a_result_that_overtakes_the_doors_answer(self):
        """process_batch commits the result while the hook still waits for the door."""

        def answered_late(session, address, api_key, uid, key, body):
            self.posted.append(body)
            result = {
                'jobId': f'job-{key}',
                'fun': 'test.ping',
                'status': 'done',
                'result': True,
                'callback': {'style': 'positional'},
            }
            with self.cursor() as env:
                batch = {'v': 1, 'pbx': 'test_outbox', 'events': [], 'results': [result]}
                env['asterisk_plus.server'].process_batch(batch)
            return DoorAnswer('sent', job_id=result['jobId'])

        with (
            patch('odoo.addons.asterisk_plus.models.job.post_job', side_effect=answered_late),
            self.cursor() as env,
        ):
            self.send(env)
        self.assertEqual(self.states(), ['done'])
