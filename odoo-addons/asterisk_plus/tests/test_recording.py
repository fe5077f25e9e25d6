import base64
import hashlib
import json
from datetime import timedelta

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from .call_case import CallCase

WAV = b'RIFF\x24\x00\x00\x00WAVEfmt ' + b'sound' * 100
PATH = '/var/spool/asterisk/monitor/1790000000.1.wav'


@tagged('asterisk_plus')
class TestRecording(CallCase):
    def setUp(self):
        super().setUp()
        self.recorded = self.call()
        self.recorded.channel_ids.write({'recording_filename': PATH})
        self.recording = self.recorded.recording_ids

    def jobs(self, fun):
        return self.env['asterisk_plus.job'].search([('fun', '=', fun)], order='id')

    def ask(self):
        """Fetches the recording as a user; returns what the PBX is asked."""
        self.recording.with_user(self.caller).action_fetch()
        return json.loads(self.jobs('recording.get_file')[-1].body)

    def answer(self, body, result, server=None, user=None):
        here = self.env[body['res_model']].with_user(user or self.agent)
        here = here.with_context(asterisk_plus_server_id=(server or self.server).id)
        return getattr(here, body['res_method'])(result, body['pass_back'])

    def small(self, content=WAV, **more):
        return {
            'file_name': 'a.wav',
            'bytes': len(content),
            'sha256': hashlib.sha256(content).hexdigest(),
            'file_data': base64.b64encode(content).decode(),
            **more,
        }

    def test_it_comes_of_the_file_name_that_a_channel_tells(self):
        self.assertEqual(self.recording.path, PATH)
        self.assertEqual(self.recording.name, '1790000000.1.wav')
        self.assertEqual(self.recording.state, 'available')
        self.assertEqual(self.recording.call_id, self.recorded)
        self.assertEqual(self.recording.company_id, self.server.company_id)

    def test_there_is_one_per_file_however_often_it_is_told(self):
        self.recorded.channel_ids.write({'recording_filename': PATH})
        self.channel(self.recorded, 'other', recording_filename=PATH)
        self.assertEqual(self.recorded.recording_ids, self.recording)

    def test_it_moves_with_its_channel_when_calls_become_one(self):
        other = self.call()
        self.recorded.channel_ids.write({'call_id': other.id})
        self.assertEqual(self.recording.call_id, other)

    def test_the_pbx_is_asked_once(self):
        body = self.ask()
        self.assertEqual((body['fun'], body['args']), ('recording.get_file', [PATH]))
        upload = body['kwargs']['upload']
        self.assertIn('/asterisk_plus/upload/', upload['url'])
        self.assertEqual(upload['database'], self.env.cr.dbname)
        self.assertEqual(self.recording.state, 'fetching')
        self.ask()
        self.assertEqual(len(self.jobs('recording.get_file')), 1)
        # An answer that never came is not waited for for ever.
        self.recording.asked_at = fields.Datetime.now() - timedelta(days=2)
        self.ask()
        self.assertEqual(len(self.jobs('recording.get_file')), 2)

    def test_a_small_one_comes_with_the_answer(self):
        body = self.ask()
        self.assertTrue(self.answer(body, self.small()))
        self.assertEqual((self.recording.state, self.recording.file_size), ('fetched', len(WAV)))
        attachment = self.recording.attachment_id.with_user(self.caller)
        self.assertEqual((attachment.raw, attachment.mimetype), (WAV, 'audio/wav'))
        self.assertFalse(self.env['asterisk_plus.upload'].browse(body['pass_back']['upload']).exists())

    def test_what_the_pbx_says_of_an_upload_is_not_believed(self):
        foreign = self.env['ir.attachment'].create({'name': 'secret', 'raw': b'secret'})
        body = self.ask()
        self.answer(body, {'bytes': 6, 'sha256': 'x', 'attachment_id': foreign.id})
        self.assertEqual((self.recording.state, self.recording.attachment_id.id), ('failed', False))

    def test_what_is_no_recording_is_not_taken(self):
        for result in (
            self.small(b'<html><script>alert(1)</script>'),
            self.small(sha256='0' * 64),
            self.small(file_data='no base64'),
            {},
            True,
            'text',
        ):
            body = self.ask()
            self.assertFalse(self.answer(body, result), result)
            self.assertEqual(self.recording.state, 'failed')
            self.assertTrue(self.recording.error)

    def test_a_refusal_is_shown_and_may_be_tried_again(self):
        body = self.ask()
        self.answer(body, {'error': {'code': 'FILE_NOT_FOUND', 'message': 'There is no a.wav'}})
        self.assertEqual((self.recording.state, self.recording.error), ('failed', 'There is no a.wav'))
        body = self.ask()
        self.answer(body, self.small())
        self.assertEqual((self.recording.state, self.recording.error), ('fetched', False))

    def test_a_question_that_does_not_reach_the_pbx_is_not_waited_for(self):
        self.ask()
        self.recording.job_id._give_up('failed', 'PBX hq offline')
        self.assertEqual((self.recording.state, self.recording.error), ('failed', 'PBX hq offline'))
        self.ask()
        self.recording.job_id.action_cancel()
        self.assertEqual(self.recording.state, 'failed')
        self.ask()
        self.assertEqual(self.recording.state, 'fetching')

    def test_only_an_agent_of_that_pbx_may_answer(self):
        body = self.ask()
        other = self.env['asterisk_plus.server'].create({'name': 'other', 'pbx': 'other_hq'})
        with self.assertRaises(UserError):
            self.answer(body, self.small(), server=other)
        for user in (self.admin, self.caller, self.stranger):
            with self.assertRaises(AccessError):
                self.answer(body, self.small(), user=user)
        self.assertEqual(self.recording.state, 'fetching')

    def test_who_may_see_it(self):
        self.answer(self.ask(), self.small())
        attachment = self.recording.attachment_id
        self.assertTrue(attachment.with_user(self.caller).raw)
        company = self.env['res.company'].create({'name': 'Other'})
        foreign = self.user_of('foreign_caller', 'asterisk_plus.group_pbx_user')
        foreign.write({'company_ids': [(6, 0, company.ids)], 'company_id': company.id})
        portal = self.user_of('recording_portal', 'base.group_portal')
        for user in (foreign, self.stranger, portal):
            with self.assertRaises(AccessError):
                attachment.with_user(user).read(['raw'])
            with self.assertRaises(AccessError):
                self.recording.with_user(user).action_fetch()
            with self.assertRaises(AccessError):
                self.recording.with_user(user).read(['path'])

    def test_it_is_deleted_on_the_pbx_where_the_server_says_so(self):
        self.answer(self.ask(), self.small())
        self.assertFalse(self.jobs('file.delete'))
        self.recording.write({'state': 'available', 'attachment_id': False})
        self.server.recording_delete = True
        self.answer(self.ask(), self.small())
        body = json.loads(self.jobs('file.delete').body)
        self.assertEqual(body['args'], [PATH])
        self.answer(body, {'error': {'code': 'JOB_REFUSED_BY_POLICY', 'message': 'no'}})
        self.assertEqual((self.recording.is_deleted, self.recording.error), (False, 'no'))
        self.answer(body, True)
        self.assertEqual((self.recording.is_deleted, self.recording.error), (True, False))

    def test_it_comes_by_itself_where_the_server_says_so(self):
        fetched = self.env['asterisk_plus.recording']._cron_fetch
        fetched()
        self.end(self.recorded, 'answered')
        fetched()
        self.assertEqual(self.recording.state, 'available')
        self.server.recording_fetch = 'auto'
        self.recorded.is_active = True
        fetched()
        self.assertEqual(self.recording.state, 'available', 'the call goes on')
        self.end(self.recorded, 'answered')
        self.recorded._react(fields.Datetime.now())
        self.assertTrue(
            self.env['ir.cron.trigger'].search(
                [('cron_id', '=', self.env.ref('asterisk_plus.cron_fetch_recordings').id)]
            )
        )
        for attempt in range(1, 6):
            fetched()
            self.assertEqual(self.recording.attempts, min(attempt, 3))
            self.recording.write({'state': 'failed', 'asked_at': fields.Datetime.now() - timedelta(hours=1)})

    def test_it_goes_when_its_days_are_over(self):
        self.answer(self.ask(), self.small())
        attachment = self.recording.attachment_id
        self.env.cr.execute(
            "UPDATE asterisk_plus_recording SET create_date = now() - interval '31 days' WHERE id = %s",
            (self.recording.id,),
        )
        self.recording.invalidate_recordset()
        self.recording._gc_old_recordings()
        self.assertTrue(self.recording.exists())
        self.server.recording_days = 30
        self.recording._gc_old_recordings()
        self.assertFalse(self.recording.exists() or attachment.exists())
