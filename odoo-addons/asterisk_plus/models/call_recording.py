from odoo import api, fields, models


class Channel(models.Model):
    _inherit = 'asterisk_plus.channel'

    @api.model_create_multi
    def create(self, vals_list):
        channels = super().create(vals_list)
        self.env['asterisk_plus.recording'].sudo()._of_channels(channels)
        return channels

    def write(self, vals):
        done = super().write(vals)
        if vals.get('recording_filename'):
            self.env['asterisk_plus.recording'].sudo()._of_channels(self)
        return done


class Job(models.Model):
    _inherit = 'asterisk_plus.job'

    def write(self, vals):
        done = super().write(vals)
        # Where there is an answer after all, it comes after this and has the last word.
        if vals.get('state') in ('failed', 'expired', 'cancelled'):
            asked = self.filtered(lambda job: job.fun == 'recording.get_file')
            if asked:
                self.env['asterisk_plus.recording']._not_asked(asked, vals.get('error'))
        return done


class Call(models.Model):
    _inherit = 'asterisk_plus.call'

    recording_ids = fields.One2many('asterisk_plus.recording', 'call_id', string='Recordings', readonly=True)

    def _react(self, at):
        """Recordings of ended calls are fetched soon, where the server wants that; the cron sees to it anyway."""
        ended = self.filtered(lambda call: not call.is_active and call.server_id.recording_fetch == 'auto')
        if ended.recording_ids.filtered(lambda recording: recording.state == 'available'):
            cron = self.env.ref('asterisk_plus.cron_fetch_recordings', raise_if_not_found=False)
            if cron:
                cron.sudo()._trigger()
        return super()._react(at)
