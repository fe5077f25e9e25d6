import re

from odoo import _, api, fields, models
from odoo.exceptions import UserError, ValidationError


class CreateUsers(models.TransientModel):
    """Gives many users a telephone each: consecutive extensions, channels named after them."""

    _name = 'asterisk_plus.create_users'
    _description = 'Create PBX users'

    server_id = fields.Many2one(
        'asterisk_plus.server',
        string='PBX',
        required=True,
        default=lambda self: self.env['asterisk_plus.user']._only_server(),
    )
    first_exten = fields.Char(string='First extension', default='101', required=True)
    channel_prefix = fields.Char(
        default='PJSIP/', help='Channels are named by it and the extension; empty: none.'
    )
    chosen_user_ids = fields.Many2many('res.users', string='Users')
    line_ids = fields.One2many(
        'asterisk_plus.create_users_line',
        'wizard_id',
        string='Telephones',
        compute='_compute_line_ids',
        store=True,
        readonly=False,
    )

    @api.constrains('first_exten')
    def _check_first_exten(self):
        for wizard in self:
            if not re.fullmatch(r'[0-9]{1,10}', wizard.first_exten):
                raise ValidationError(_('The first extension is a number of at most 10 digits.'))

    @api.depends('server_id', 'first_exten', 'channel_prefix', 'chosen_user_ids')
    def _compute_line_ids(self):
        for wizard in self:
            lines = zip(wizard._users_without_telephone(), wizard._free_extens(), strict=False)
            wizard.line_ids = [(5, 0, 0)] + [
                (0, 0, {'user_id': user.id, 'exten': exten, 'channel': wizard._channel(exten)})
                for user, exten in lines
            ]

    def _users_without_telephone(self):
        telephones = self._telephones()
        users = self.chosen_user_ids._origin
        return users.filtered(lambda user: user not in telephones.user_id and not user.share)

    def _telephones(self):
        everyone = self.env['asterisk_plus.user'].sudo().with_context(active_test=False)
        return everyone.search([('server_id', '=', self.server_id.id)])

    def _free_extens(self):
        first = self.first_exten or ''
        if not re.fullmatch(r'[0-9]{1,10}', first):
            return
        taken = set(self._telephones().mapped('exten'))
        for number in range(int(first), int(first) + 10_000):
            exten = str(number).zfill(len(first))
            if exten not in taken:
                yield exten

    def _channel(self, exten):
        return f'{self.channel_prefix}{exten}' if self.channel_prefix else False

    def create_users(self):
        self.env['asterisk_plus.server']._check_admin()
        if not self.line_ids:
            raise UserError(_('Nobody is chosen who has no telephone at this PBX yet.'))
        created = self.env['asterisk_plus.user'].create(
            [
                {
                    'server_id': self.server_id.id,
                    'user_id': line.user_id.id,
                    'exten': line.exten,
                    'channel_ids': [(0, 0, {'name': line.channel})] if line.channel else [],
                }
                for line in self.line_ids
            ]
        )
        self._admit(created.user_id)
        action = self.env['ir.actions.act_window']._for_xml_id('asterisk_plus.user_action')
        return {**action, 'domain': [('id', 'in', created.ids)]}

    def _admit(self, users):
        """They make and take calls from now on. Nothing else: a PBX admin may not edit users."""
        group = self.env.ref('asterisk_plus.group_pbx_user').sudo()
        members = 'user_ids' if 'user_ids' in group._fields else 'users'
        group.write(
            {members: [(4, user.id) for user in users if not user.has_group('asterisk_plus.group_pbx_user')]}
        )


class CreateUsersLine(models.TransientModel):
    _name = 'asterisk_plus.create_users_line'
    _description = 'PBX user to be created'

    wizard_id = fields.Many2one('asterisk_plus.create_users', required=True, ondelete='cascade')
    user_id = fields.Many2one('res.users', required=True, ondelete='cascade')
    exten = fields.Char(string='Extension', required=True)
    channel = fields.Char()
