from odoo import models


class IrHttp(models.AbstractModel):
    _inherit = 'ir.http'

    def session_info(self):
        """Tells the web client whether to offer the telephone."""
        user = self.env.user
        return {
            **super().session_info(),
            'asterisk_plus_user': user._is_internal() and user.has_group('asterisk_plus.group_pbx_user'),
        }
