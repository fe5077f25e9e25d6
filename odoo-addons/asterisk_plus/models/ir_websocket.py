from odoo import models

LIVE_CHANNEL = 'asterisk_plus.calls'


class IrWebsocket(models.AbstractModel):
    _inherit = 'ir.websocket'

    def _build_bus_channel_list(self, channels):
        """PBX users who look at calls hear of those at the PBX servers that they may see."""
        if LIVE_CHANNEL in channels:
            # The name is what a browser sent: who may hear of which server is decided here.
            channels = [channel for channel in channels if channel != LIVE_CHANNEL]
            if self.env.user.has_group('asterisk_plus.group_pbx_user'):
                channels += [(server, 'calls') for server in self.env['asterisk_plus.server'].search([])]
        return super()._build_bus_channel_list(channels)
