import secrets
from hashlib import sha256

from odoo import _, api, fields, models
from odoo.exceptions import UserError

KEY_BYTES = 32


class Server(models.Model):
    """The two keys of a PBX server, which open different things and never each other's.

    ``api_key`` goes from Odoo to the door and opens the PBX for jobs. The lookup key goes from the PBX to Odoo
    and answers who is calling (docs/lookups.md): a PBX that is stolen must not hold the key by which its own
    jobs, and so their callbacks, are handed in. Of the lookup key Odoo keeps the hash alone.
    """

    _inherit = 'asterisk_plus.server'

    job_url = fields.Char(
        string='Job URL',
        compute='_compute_job_url',
        groups='asterisk_plus.group_pbx_admin',
        help='Where the jobs of this PBX are posted to.',
    )
    api_key_sha256 = fields.Char(
        string='SHA-256 of the API key',
        compute='_compute_api_key_sha256',
        groups='asterisk_plus.group_pbx_admin',
        help='What the operator of the door knows the key by.',
    )
    lookup_key_sha256 = fields.Char(
        string='SHA-256 of the lookup key',
        readonly=True,
        copy=False,
        groups='asterisk_plus.group_pbx_admin',
        index='btree_not_null',
        help="The PBX's dialplan asks Odoo who is calling with the key of this hash.",
    )
    lookup_url = fields.Char(
        string='Lookup URL',
        compute='_compute_lookup_url',
        groups='asterisk_plus.group_pbx_admin',
        help='What the dialplan asks for the name of a caller.',
    )

    @api.depends('door_url')
    def _compute_job_url(self):
        for server in self:
            server.job_url = server.door_url and server._door_address()

    @api.depends('api_key')
    def _compute_api_key_sha256(self):
        for server in self:
            server.api_key_sha256 = server.api_key and fingerprint(server.api_key)

    @api.depends_context('uid')
    def _compute_lookup_url(self):
        base = self.env['ir.config_parameter'].sudo().get_param('web.base.url')
        self.lookup_url = f'{base}/asterisk_plus/get_caller_name'

    def action_new_api_key(self):
        return self.env['asterisk_plus.new_key']._open(self, 'door')

    def action_new_lookup_key(self):
        return self.env['asterisk_plus.new_key']._open(self, 'lookup')


class NewKey(models.TransientModel):
    """A key that was made for a PBX server and is shown this once, to be copied before it is used."""

    _name = 'asterisk_plus.new_key'
    _description = 'New key of a PBX server'

    server_id = fields.Many2one(
        'asterisk_plus.server', string='PBX', required=True, readonly=True, ondelete='cascade'
    )
    kind = fields.Selection(
        [('door', 'API key'), ('lookup', 'Lookup key')], required=True, readonly=True, default='door'
    )
    key = fields.Char(readonly=True, copy=False)
    sha256 = fields.Char(string='SHA-256', compute='_compute_sha256')

    @api.depends('key')
    def _compute_sha256(self):
        for new in self:
            new.sha256 = new.key and fingerprint(new.key)

    @api.model
    def _open(self, server, kind):
        server.ensure_one()
        server._check_admin()
        new = self.create(
            {'server_id': server.id, 'kind': kind, 'key': secrets.token_urlsafe(KEY_BYTES)}
        )
        return {
            'type': 'ir.actions.act_window',
            'name': _('New API key') if kind == 'door' else _('New lookup key'),
            'res_model': self._name,
            'res_id': new.id,
            'view_mode': 'form',
            'target': 'new',
        }

    def action_use(self):
        """From now on the server has this key; the one before ends here."""
        self.ensure_one()
        self.server_id._check_admin()
        if not self.key:
            raise UserError(_('This key is in use already: it was shown once.'))
        if self.kind == 'door':
            self.server_id.api_key = self.key
        else:
            self.server_id.lookup_key_sha256 = fingerprint(self.key)
        # The wizard's row stays until Odoo cleans up.
        self.key = False
        return {'type': 'ir.actions.client', 'tag': 'soft_reload'}


def fingerprint(key):
    """SHA-256 in hex, as the door and ``odoopbx key list`` write it."""
    return sha256(key.encode()).hexdigest()
