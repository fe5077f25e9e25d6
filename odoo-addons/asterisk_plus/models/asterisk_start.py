import time

from odoo import api, fields, models

from ..tools import channel_facts
from .server import _moment


class Server(models.Model):
    _inherit = 'asterisk_plus.server'

    booted_at = fields.Datetime(string='Asterisk started', readonly=True, copy=False)

    @api.model
    def on_fully_booted(self, event):
        """Asterisk greets every AMI session with this event: its Uptime tells whether it was started anew.

        Channels of before are gone, though nobody told their Hangup.
        """
        self._check_agent()
        server = self.env.user.asterisk_server.sudo()
        uptime = channel_facts.header(event, 'Uptime')
        if not server or not uptime.isdecimal():
            return True
        at = channel_facts.time_of(event, time.time())
        # Uptime is cut to whole seconds: a channel must not be taken for older than Asterisk.
        booted_at = _moment(at - int(uptime) - 1)
        if not server.booted_at or (booted_at - server.booted_at).total_seconds() > 5:
            server.booted_at = booted_at
            calls = server.env['asterisk_plus.call'].search(
                [('server_id', '=', server.id), ('is_active', '=', True), ('started', '<', booted_at)]
            )
            for call in calls:
                call.revision += 1
            calls._settle(_moment(at))
        return True
