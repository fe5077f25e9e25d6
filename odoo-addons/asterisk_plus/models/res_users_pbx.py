from odoo import api, fields, models

# Of a user's telephones: what the user may change, under the name that it has on res.users.
OWN_SETTINGS = {
    'asterisk_plus_popup_enabled': 'popup_enabled',
    'asterisk_plus_popup_sticky': 'popup_sticky',
    'asterisk_plus_missed_call_activity': 'missed_call_activity',
}
READABLE = ['asterisk_plus_user_ids', 'asterisk_plus_exten', *OWN_SETTINGS]


class ResUsers(models.Model):
    """A user's telephones, and the settings of them that the user may change."""

    _inherit = 'res.users'

    asterisk_plus_user_ids = fields.One2many('asterisk_plus.user', 'user_id', string='Telephones')
    asterisk_plus_exten = fields.Char(
        string='Extension', compute='_compute_asterisk_plus', compute_sudo=True, help='At every PBX.'
    )
    asterisk_plus_popup_enabled = fields.Boolean(
        string='Popup for incoming calls',
        compute='_compute_asterisk_plus',
        inverse='_inverse_asterisk_plus_popup_enabled',
        compute_sudo=True,
    )
    asterisk_plus_popup_sticky = fields.Boolean(
        string='Popup stays until closed',
        compute='_compute_asterisk_plus',
        inverse='_inverse_asterisk_plus_popup_sticky',
        compute_sudo=True,
    )
    asterisk_plus_missed_call_activity = fields.Boolean(
        string='Activity for missed calls',
        compute='_compute_asterisk_plus',
        inverse='_inverse_asterisk_plus_missed_call_activity',
        compute_sudo=True,
    )

    @property
    def SELF_READABLE_FIELDS(self):
        return super().SELF_READABLE_FIELDS + READABLE

    @property
    def SELF_WRITEABLE_FIELDS(self):
        return super().SELF_WRITEABLE_FIELDS + list(OWN_SETTINGS)

    @api.depends(
        'asterisk_plus_user_ids.exten', *(f'asterisk_plus_user_ids.{name}' for name in OWN_SETTINGS.values())
    )
    def _compute_asterisk_plus(self):
        for user in self:
            telephones = user.asterisk_plus_user_ids
            user.asterisk_plus_exten = ', '.join(telephones.mapped('exten')) or False
            for own, name in OWN_SETTINGS.items():
                user[own] = any(telephones.mapped(name))

    def _inverse_asterisk_plus_popup_enabled(self):
        self._write_telephones('asterisk_plus_popup_enabled')

    def _inverse_asterisk_plus_popup_sticky(self):
        self._write_telephones('asterisk_plus_popup_sticky')

    def _inverse_asterisk_plus_missed_call_activity(self):
        self._write_telephones('asterisk_plus_missed_call_activity')

    def _write_telephones(self, own):
        """Who may write the user's field may write it: res.users checks that (SELF_WRITEABLE_FIELDS)."""
        for user in self:
            user.sudo().asterisk_plus_user_ids.write({OWN_SETTINGS[own]: user[own]})

    def action_asterisk_plus_create_users(self):
        """Telephones for the chosen users, in one go."""
        self.env['asterisk_plus.server']._check_admin()
        action = self.env['ir.actions.act_window']._for_xml_id('asterisk_plus.create_users_action')
        return {**action, 'context': {'default_chosen_user_ids': [(6, 0, self.ids)]}}
