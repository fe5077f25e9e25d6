import time
from datetime import timedelta

from odoo import api, fields, models

from ..tools.channel_facts import Told

# An active call that said nothing for so long lost its end: dropped events, a PBX that never came back.
SILENT_HOURS = 24
AT_ONCE = 1000


class Call(models.Model):
    _inherit = 'asterisk_plus.call'

    @api.autovacuum
    def _gc_lost_calls(self):
        """Ends them at their last sign of life. A Hangup that is told later still counts."""
        silent_since = fields.Datetime.now() - timedelta(hours=SILENT_HOURS)
        lost = self.search([('is_active', '=', True), ('write_date', '<', silent_since)], limit=AT_ONCE)
        for call in lost:
            told = Told(time.time())
            for channel in call.channel_ids:
                told.fact(channel.uniqueid, 'lost')
            call.channel_ids._learn(call.server_id, told)._tell_anew()
