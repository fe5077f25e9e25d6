from odoo import fields
from odoo.exceptions import AccessError, ValidationError
from odoo.tests import Form, tagged

from .common import PbxCase


@tagged('asterisk_plus')
class TestSettings(PbxCase):
    def setUp(self):
        super().setUp()
        self.settings = self.env['asterisk_plus.settings'].with_user(self.admin)

    def param(self, name, value=None):
        parameters = self.env['ir.config_parameter'].sudo()
        return parameters.get_param(name) if value is None else parameters.set_param(name, value)

    def test_what_is_saved_is_shown_and_used(self):
        opened = self.settings.browse(self.settings.action_open()['res_id'])
        self.assertEqual((opened.job_days, opened.failure_days, opened.debug), (30, 90, False))
        with Form(opened) as form:
            form.job_days = 7
            form.debug = True
        self.assertEqual(self.settings._days('job_days'), 7)
        self.assertTrue(self.param('asterisk_plus.debug'))
        again = self.settings.browse(self.settings.action_open()['res_id'])
        self.assertEqual((again.job_days, again.failure_days, again.debug), (7, 90, True))
        again.debug = False
        self.assertFalse(self.param('asterisk_plus.debug'))

    def test_bounds(self):
        for name, days in (('job_days', 0), ('processed_item_days', 29), ('failure_days', 9999)):
            with self.assertRaises(ValidationError, msg=name):
                self.settings.create({name: days})

    def test_the_context_of_new_servers(self):
        settings = self.settings.create({})
        settings.originate_context = 'office'
        server = self.env['asterisk_plus.server'].create({'name': 'b', 'pbx': 'acme_b'})
        self.assertEqual((server.originate_context, self.server.originate_context), ('office', 'from-internal'))
        with self.assertRaises(ValidationError):
            settings.originate_context = 'a b'

    def test_a_parameter_written_by_hand_breaks_nothing(self):
        for written, used in (('many', 30), ('-5', 1), ('1000000', 3650)):
            self.param('asterisk_plus.job_days', written)
            self.assertEqual(self.settings._days('job_days'), used)

    def test_people_change_nothing(self):
        with self.assertRaises(AccessError):
            self.settings.with_user(self.caller).create({'job_days': 7})

    def test_jobs_are_kept_as_long_as_set(self):
        old, new, queued = (self.server.local_job('test.ping') for _ in range(3))
        (old | new).sudo().write({'state': 'done'})
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE asterisk_plus_job SET create_date = create_date - interval '8 days' WHERE id IN %s",
            ((old.id, queued.id),),
        )
        self.param('asterisk_plus.job_days', '7')
        self.env['asterisk_plus.job']._gc_finished_jobs()
        left = self.env['asterisk_plus.job'].search([('id', 'in', (old | new | queued).ids)])
        self.assertEqual(left, new | queued)

    def test_logs_of_calls_are_kept_as_long_as_set(self):
        calls = self.env['asterisk_plus.call'].create(
            [
                {'server_id': self.server.id, 'key': key, 'started': started, 'is_active': is_active}
                for key, started, is_active in (
                    ('old', '2020-01-01 12:00:00', False),
                    ('open', '2020-01-01 12:00:00', True),
                    ('new', fields.Datetime.now(), False),
                )
            ]
        )
        logs = self.env['asterisk_plus.call_event'].create(
            [
                {'call_id': call.id, 'sequence': 0, 'at': call.started, 'kind': 'start', 'text': 'Ada calls'}
                for call in calls
            ]
        )
        self.env.flush_all()
        self.env['asterisk_plus.call_event']._gc_old_logs()
        self.assertEqual(logs.exists(), logs[1:])
        self.assertEqual(calls.exists(), calls)

    def test_what_was_long_is_not_kept_in_the_log(self):
        job = self.server.local_job('asterisk.command', ['x' * 30_000])
        job.sudo().write({'state': 'done'})
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE asterisk_plus_job SET create_date = create_date - interval '2 days' WHERE id = %s",
            (job.id,),
        )
        self.env['asterisk_plus.job']._gc_finished_jobs()
        job.invalidate_recordset()
        self.assertFalse(job.body)
