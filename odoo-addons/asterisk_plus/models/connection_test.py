from odoo import _, api, fields, models

from ..tools.test_steps import is_over, steps_of_test

JOB_FIELDS = ['state', 'error', 'result', 'duration', 'sent_at', 'expires_at']
TEST_SECONDS = 30


class Server(models.Model):
    _inherit = 'asterisk_plus.server'

    def action_test(self):
        """Tests the whole way, Odoo, door, agent, Asterisk and back, and tells it step by step."""
        self.ensure_one()
        self._check_admin()
        options = {'expires_in': TEST_SECONDS, 'quiet': True}
        test = self.env['asterisk_plus.connection_test'].create(
            {
                'server_id': self.id,
                'ping_job_id': self.local_job('test.ping', **options).id,
                'asterisk_job_id': self.local_job(
                    'asterisk.manager_action', {'Action': 'Ping'}, **options
                ).id,
            }
        )
        return {
            'type': 'ir.actions.act_window',
            'name': _('Test of %s', self.name),
            'res_model': test._name,
            'res_id': test.id,
            'view_mode': 'form',
            'target': 'new',
        }


class ConnectionTest(models.TransientModel):
    """The test of one PBX's connection, while it runs: the dialog asks for its steps."""

    _name = 'asterisk_plus.connection_test'
    _description = "Test of a PBX server's connection"

    server_id = fields.Many2one(
        'asterisk_plus.server', string='PBX', required=True, readonly=True, ondelete='cascade'
    )
    ping_job_id = fields.Many2one('asterisk_plus.job', required=True, readonly=True, ondelete='cascade')
    asterisk_job_id = fields.Many2one('asterisk_plus.job', required=True, readonly=True, ondelete='cascade')

    def steps(self):
        """{'steps': [{'name', 'state', 'text'}], 'is_over'}: how far the test has come."""
        self.ensure_one()
        self.server_id._check_admin()
        ping, asterisk = (job.read(JOB_FIELDS)[0] for job in (self.ping_job_id, self.asterisk_job_id))
        steps = steps_of_test(ping, asterisk, fields.Datetime.now(), self._words())
        return {'steps': steps, 'is_over': is_over(steps)}

    def _words(self):
        return {
            'door': _('Odoo hands the job to the door'),
            'agent': _("The PBX's agent takes it and answers"),
            'asterisk': _('Asterisk answers the agent'),
            'back': _('The answers come back to Odoo'),
            'accepted': _('The door has accepted it.'),
            'not_sent': _('It was not sent.'),
            'no_answer': _('The door accepted the job, but no answer came back to Odoo.'),
            'took': _('After %.1f seconds.'),
        }
