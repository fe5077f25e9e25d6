from odoo import api, models


class CallEvent(models.Model):
    _inherit = 'asterisk_plus.call_event'

    @api.autovacuum
    def _gc_old_logs(self):
        """Of an old call its record stays, the log in words goes."""
        days = self.env['asterisk_plus.settings']._days('call_event_days')
        self.env.cr.execute(
            'DELETE FROM asterisk_plus_call_event AS line USING asterisk_plus_call AS call'
            ' WHERE line.call_id = call.id AND NOT call.is_active'
            " AND call.started < (now() AT TIME ZONE 'UTC') - %s * interval '1 day'",
            (days,),
        )
