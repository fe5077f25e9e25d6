from odoo import _, api, fields, models
from odoo.exceptions import AccessError, ValidationError

from ..tools.config_answer import config_texts


class Server(models.Model):
    """The PBX's files: what to do with recordings, and its configuration as a whole."""

    _inherit = 'asterisk_plus.server'

    odoo_url = fields.Char(
        string="Odoo's address",
        help='Where the PBX sends recordings to, when it is not the address that people use (web.base.url).',
        groups='asterisk_plus.group_pbx_admin',
    )
    recording_fetch = fields.Selection(
        [('demand', 'When somebody plays them'), ('auto', 'After each call')],
        string='Fetch recordings',
        required=True,
        default='demand',
    )
    recording_delete = fields.Boolean(
        string='Delete on the PBX',
        help="Once Odoo has a recording. The policy of the PBX's agent has to allow file.delete.",
    )
    recording_days = fields.Integer(
        string='Keep recordings (days)', help='In Odoo; 0 keeps them for ever.', default=0
    )
    conf_file_ids = fields.One2many('asterisk_plus.conf_file', 'server_id', string='Configuration files')
    conf_file_count = fields.Integer(compute='_compute_conf_file_count')

    @api.constrains('odoo_url')
    def _check_odoo_url(self):
        for server in self.sudo().filtered('odoo_url'):
            if not server.odoo_url.startswith(('https://', 'http://localhost', 'http://127.0.0.1')):
                raise ValidationError(_('%s is no https address: recordings are not sent there.', server.odoo_url))

    @api.constrains('recording_days')
    def _check_recording_days(self):
        if any(server.recording_days < 0 for server in self):
            raise ValidationError(_('Recordings can be kept for a number of days, or for ever (0).'))

    @api.depends('conf_file_ids')
    def _compute_conf_file_count(self):
        # Admins alone may read configuration; the number is no secret.
        groups = self.env['asterisk_plus.conf_file'].sudo()._read_group(
            [('server_id', 'in', self.ids)], ['server_id'], ['__count']
        )
        counts = {server.id: count for server, count in groups}
        for server in self:
            server.conf_file_count = counts.get(server.id, 0)

    def _odoo_address(self):
        base = self.sudo().odoo_url or self.env['ir.config_parameter'].sudo().get_param('web.base.url')
        return base.rstrip('/')

    def _check_callback(self):
        """The server whose result is being handed in; AccessError for anybody but an agent's user."""
        self._check_agent()
        server = self.env.user.asterisk_server.sudo()
        if not server or 'asterisk_plus_server_id' not in self.env.context:
            raise AccessError(_('Only the result of a job may be handed in here.'))
        return server

    # Configuration files

    def action_conf_files(self):
        self._check_admin()
        return {
            'type': 'ir.actions.act_window',
            'name': _('Configuration of %s', self.name),
            'res_model': 'asterisk_plus.conf_file',
            'view_mode': 'list,form',
            'domain': [('server_id', '=', self.id)],
            'context': {'default_server_id': self.id},
        }

    def get_all_configs(self):
        """Gets every configuration file of the PBX. What was edited here and not put stays in its history."""
        self._check_admin()
        self.ensure_one()
        upload, address = self.env['asterisk_plus.upload']._make(self, 'configs', f'{self.pbx}.json')
        self.local_job(
            'asterisk.get_all_configs',
            [],
            {'upload': address},
            timeout=120,
            res_model='asterisk_plus.server',
            res_method='on_all_configs',
            pass_back={'upload': upload.id, 'uid': self.env.uid},
            callback_style='positional',
        )
        return True

    @api.model
    def on_all_configs(self, result, pass_back):
        server = self._check_callback()
        upload = self.env['asterisk_plus.upload'].sudo().browse(pass_back['upload']).exists()
        try:
            texts = config_texts(result, upload.attachment_id.raw if upload.server_id == server else b'')
        except ValueError as error:
            self._tell(pass_back['uid'], _('Configuration of %s', server.name), str(error))
            return False
        self.env['asterisk_plus.conf_file'].sudo()._take_all(server, texts, pass_back['uid'])
        upload.unlink()
        told = _('%s files', len(texts))
        self._tell(pass_back['uid'], _('Configuration of %s', server.name), told, warning=False)
        return True

    def put_changed_configs(self):
        """Writes the files that were edited here to the PBX."""
        self._check_admin()
        self.ensure_one()
        changed = self.conf_file_ids.filtered('is_changed')
        if not changed:
            raise ValidationError(_('There is no file that differs from the PBX.'))
        return changed.put()

    def reload_asterisk(self):
        """Makes Asterisk read its configuration anew."""
        self._check_admin()
        self.local_job(
            'asterisk.manager_action',
            {'Action': 'Reload'},
            timeout=30,
            res_model='asterisk_plus.server',
            res_method='on_reload',
            pass_back={'uid': self.env.uid},
            callback_style='positional',
        )
        return True

    @api.model
    def on_reload(self, result, pass_back):
        server = self._check_callback()
        answer = result[0] if isinstance(result, list) and result else {}
        message = str(answer.get('Message') or answer.get('Response') or result)
        failed = answer.get('Response') == 'Error'
        if failed and 'does not allow' in message:
            message = _(
                '%s To reload from here, its administrator adds Reload to policy.actions in the configuration of'
                " the agent and gives the agent's AMI user write = config. Until then: asterisk -rx 'core reload'"
                ' on the PBX.',
                message,
            )
        self._tell(pass_back['uid'], _('Reload %s', server.name), message, warning=failed)
        return True

    def _tell(self, uid, title, message, warning=True):
        self.env['res.users'].sudo().asterisk_plus_notify(message, title, uid, warning=warning)
