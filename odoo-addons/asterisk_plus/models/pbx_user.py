import re

from odoo import _, api, fields, models
from odoo.exceptions import ValidationError

EXTEN_UNIQUE = ('UNIQUE (server_id, exten)', 'This extension belongs to somebody else on this PBX.')
USER_UNIQUE = ('UNIQUE (server_id, user_id)', 'This user has an extension on this PBX already.')
CHANNEL_UNIQUE = ('UNIQUE (server_id, name)', 'This channel belongs to somebody already.')

_exten = re.compile(r'[+*#0-9A-Za-z_.-]{1,32}')
_channel = re.compile(r'[A-Za-z0-9]{1,16}/[A-Za-z0-9_.@:+*#/-]{1,120}')
_context = re.compile(r'[A-Za-z0-9_.-]{1,79}')


class PbxUser(models.Model):
    """A person's telephone at one PBX: the extension and the channels that ring there."""

    _name = 'asterisk_plus.user'
    _description = 'PBX user'
    _order = 'exten, id'

    server_id = fields.Many2one(
        'asterisk_plus.server',
        string='PBX',
        required=True,
        ondelete='cascade',
        index=True,
        default=lambda self: self._only_server(),
    )
    company_id = fields.Many2one(related='server_id.company_id', store=True, index=True)
    user_id = fields.Many2one('res.users', required=True, ondelete='cascade', index=True)
    exten = fields.Char(string='Extension', required=True)
    active = fields.Boolean(default=True)
    channel_ids = fields.One2many('asterisk_plus.user_channel', 'pbx_user_id', string='Channels', copy=False)
    popup_enabled = fields.Boolean(string='Popup for incoming calls', default=True)
    popup_sticky = fields.Boolean(string='Popup stays until closed', default=False)
    missed_call_activity = fields.Boolean(string='Activity for missed calls', default=True)

    if hasattr(models, 'Constraint'):  # Odoo 19
        _exten_unique = models.Constraint(*EXTEN_UNIQUE)
        _user_unique = models.Constraint(*USER_UNIQUE)
    else:
        _sql_constraints = [('exten_unique', *EXTEN_UNIQUE), ('user_unique', *USER_UNIQUE)]

    @api.model
    def _only_server(self):
        servers = self.env['asterisk_plus.server'].search([], limit=2)
        return servers if len(servers) == 1 else False

    @api.depends('user_id', 'exten')
    def _compute_display_name(self):
        for pbx_user in self:
            pbx_user.display_name = f'{pbx_user.user_id.name} ({pbx_user.exten})'

    @api.constrains('exten')
    def _check_exten(self):
        for pbx_user in self:
            if not _exten.fullmatch(pbx_user.exten):
                raise ValidationError(_('%s is no extension.', pbx_user.exten))


class PbxUserChannel(models.Model):
    """A channel that rings at a person's place, for example a desk telephone: PJSIP/101."""

    _name = 'asterisk_plus.user_channel'
    _description = 'Channel of a PBX user'
    _order = 'sequence, id'

    pbx_user_id = fields.Many2one(
        'asterisk_plus.user', string='PBX user', required=True, ondelete='cascade', index=True
    )
    server_id = fields.Many2one(related='pbx_user_id.server_id', store=True)
    company_id = fields.Many2one(related='pbx_user_id.company_id', store=True)
    name = fields.Char(string='Channel', required=True, help='Technology and endpoint, for example PJSIP/101')
    sequence = fields.Integer(default=10)
    originate_enabled = fields.Boolean(
        string='Rings for own calls', default=True, help='Rings first when the user clicks a number.'
    )
    originate_context = fields.Char(string='Dialplan context', help="The PBX server's own when empty.")
    auto_answer_header = fields.Char(
        help='A SIP header that makes the telephone pick up by itself, for example Alert-Info: Auto Answer'
    )

    if hasattr(models, 'Constraint'):  # Odoo 19
        _name_unique = models.Constraint(*CHANNEL_UNIQUE)
    else:
        _sql_constraints = [('name_unique', *CHANNEL_UNIQUE)]

    @api.constrains('name', 'originate_context', 'auto_answer_header')
    def _check_fields(self):
        for channel in self:
            if not _channel.fullmatch(channel.name):
                raise ValidationError(_('%s is no channel: one is named like PJSIP/101.', channel.name))
            if channel.originate_context and not _context.fullmatch(channel.originate_context):
                raise ValidationError(_('%s is no dialplan context.', channel.originate_context))
            header = channel.auto_answer_header
            if header and not re.fullmatch(r'[A-Za-z0-9-]{1,64}: ?[^\r\n\0]{1,200}', header):
                raise ValidationError(_('%s is no SIP header: one is written "Name: value".', header))
