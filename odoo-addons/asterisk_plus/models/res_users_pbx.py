from odoo import fields, models


class ResUsers(models.Model):
    """A user's telephones, and the settings of them that the user may change."""

    _inherit = 'res.users'

    asterisk_plus_user_ids = fields.One2many('asterisk_plus.user', 'user_id', string='Telephones')
