import logging

from odoo import _, api, fields, models
from odoo.exceptions import AccessError

_logger = logging.getLogger(__name__)

TRUSTED_GROUPS = ('asterisk_plus.group_pbx_server', 'asterisk_plus.group_pbx_admin')


class ResUsers(models.Model):
    _inherit = 'res.users'

    asterisk_server = fields.Many2one(
        'asterisk_plus.server',
        compute='_compute_asterisk_server',
        help='The PBX whose event is handled; else the one that this user is the agent of, or the only one.',
    )

    @api.depends_context('uid', 'asterisk_plus_server_id')
    def _compute_asterisk_server(self):
        Server = self.env['asterisk_plus.server'].sudo()
        handled = Server.browse(self.env.context.get('asterisk_plus_server_id') or ()).exists()
        for user in self:
            # Handled for a PBX that there is not (any more): it is no other one's event.
            if 'asterisk_plus_server_id' in self.env.context:
                # The context is a remote caller's to choose: nobody handles what another PBX's agent has to tell.
                user.asterisk_server = handled if handled._may_be_told_of_by(user) else False
                continue
            own = Server.search([('user_id', '=', user.id)], limit=1)
            seen = own or Server.search([('company_id', 'in', [*user.company_ids.ids, False])], limit=2)
            user.asterisk_server = seen if len(seen) == 1 else False

    @api.model
    def asterisk_plus_notify(self, message, title='PBX', uid=None, warning=False, sticky=False):
        """Shows a notification in the web client of a user: the calling one, or ``uid``.

        The message is shown as plain text. Only the agent and PBX admins may notify somebody else. Portal
        users get none. Always True, as in OdooPBX.
        """
        target = self.env['res.users'].sudo().browse(uid or self.env.uid).exists()
        if target != self.env.user and not self._may_notify_others():
            raise AccessError(_('Only the PBX server and PBX admins may notify other users.'))
        if not target.active or not target._is_internal():
            _logger.info('No PBX notification for user %s: not an active internal user', uid or self.env.uid)
            return True
        payload = {
            'title': str(title or 'PBX'),
            'message': str(message),
            'type': 'warning' if warning else 'info',
            'sticky': bool(sticky),
        }
        if hasattr(target, '_bus_send'):
            target._bus_send('simple_notification', payload)
        else:  # Odoo 17
            self.env['bus.bus'].sudo()._sendone(target.partner_id, 'simple_notification', payload)
        return True

    def _may_notify_others(self):
        return self.env.su or any(self.env.user.has_group(group) for group in TRUSTED_GROUPS)
