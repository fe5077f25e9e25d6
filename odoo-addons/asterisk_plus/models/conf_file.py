import hashlib

from odoo import _, api, fields, models
from odoo.exceptions import UserError, ValidationError

from ..tools.config_answer import config_text, refusal
from ..tools.storable_text import storable

FILE_UNIQUE = ('UNIQUE (server_id, name)', 'There is a record of this file already.')
MAX_BYTES = 800_000


class ConfFile(models.Model):
    """A configuration file of Asterisk's: as the PBX has it, and as it was edited here. For PBX admins alone:
    it holds secrets."""

    _name = 'asterisk_plus.conf_file'
    _description = 'Configuration file'
    _order = 'server_id, name'

    server_id = fields.Many2one('asterisk_plus.server', string='PBX', required=True, ondelete='cascade', index=True)
    company_id = fields.Many2one(related='server_id.company_id', store=True, index=True)
    name = fields.Char(required=True, help="In Asterisk's configuration folder, for example pjsip.conf.")
    content = fields.Text(help='As it is edited here; the PBX has it once it is put.')
    known_content = fields.Text(readonly=True, copy=False, help='As the PBX had it when it was last heard of.')
    is_known = fields.Boolean(string='On the PBX', readonly=True, copy=False)
    is_changed = fields.Boolean(string='To be put', compute='_compute_is_changed', store=True)
    error = fields.Char(readonly=True, copy=False)
    synced_at = fields.Datetime(string='Last heard of', readonly=True, copy=False)
    version_ids = fields.One2many('asterisk_plus.conf_version', 'file_id', string='History', readonly=True)

    if hasattr(models, 'Constraint'):  # Odoo 19
        _file_unique = models.Constraint(*FILE_UNIQUE)
    else:
        _sql_constraints = [('file_unique', *FILE_UNIQUE)]

    @api.depends('content', 'known_content', 'is_known')
    def _compute_is_changed(self):
        for file in self:
            file.is_changed = (file.content or '') != (file.known_content or '') or not file.is_known

    @api.constrains('name')
    def _check_name(self):
        for file in self:
            parts = (file.name or '').split('/')
            if not file.name.endswith('.conf') or any(not part or part.startswith('.') for part in parts):
                raise ValidationError(_('%s is no configuration file: name one like pjsip.conf.', file.name))

    @api.constrains('content')
    def _check_content(self):
        for file in self:
            if len((file.content or '').encode()) > MAX_BYTES:
                raise ValidationError(_('%(name)s is larger than %(most)s bytes.', name=file.name, most=MAX_BYTES))

    @api.model_create_multi
    def create(self, vals_list):
        files = super().create(vals_list)
        for file in files.filtered('content'):
            file._note('edited')
        return files

    def write(self, vals):
        if 'content' not in vals or self.env.context.get('asterisk_plus_conf_kind'):
            return super().write(vals)
        # The browser's line ends would all be a difference.
        vals = {**vals, 'content': (vals['content'] or '').replace('\r\n', '\n')}
        changed = self.filtered(lambda file: (file.content or '') != vals['content'])
        done = super().write(vals)
        for file in changed:
            file._note('edited')
        return done

    def _note(self, kind, uid=None):
        return self.env['asterisk_plus.conf_version'].sudo().create(
            {'file_id': self.id, 'kind': kind, 'content': self.content, 'user_id': uid or self.env.uid}
        )

    # Asked of the PBX

    def get(self):
        """Gets the file anew. What was edited here and not put stays in the history."""
        for file in self:
            upload, address = self.env['asterisk_plus.upload']._make(file.server_id, 'configs', file.name)
            file._ask('asterisk.get_config', [file.name], {'upload': address}, 'on_get', upload=upload.id)
        return True

    def put(self):
        """Writes the file to the PBX, unless it was changed there since it was last heard of."""
        for file in self:
            version = file._note('put')
            expected = {'expected_sha256': _sha256(file.known_content)} if file.is_known else {}
            file._ask('asterisk.put_config', [file.name, file.content or ''], expected, 'on_put', version=version.id)
        return True

    def delete_on_pbx(self):
        """Takes the file away on the PBX, which keeps it as .bak; here it stays, to be put again."""
        for file in self:
            file._ask('asterisk.delete_config', [file.name], {}, 'on_delete')
        return True

    def _ask(self, fun, args, kwargs, method, **pass_back):
        self.server_id._check_admin()
        self.server_id.local_job(
            fun,
            args,
            kwargs,
            timeout=60,
            res_model=self._name,
            res_method=method,
            pass_back={'file': self.id, 'uid': self.env.uid, **pass_back},
            callback_style='positional',
        )
        self.sudo().write({'error': False})

    # Answered by it

    @api.model
    def on_get(self, result, pass_back):
        file = self._of_callback(pass_back)
        upload = self.env['asterisk_plus.upload'].sudo().browse(pass_back['upload']).exists()
        try:
            uploaded = upload.attachment_id.raw if upload.server_id == file.server_id else b''
            text = config_text(result, uploaded)
        except ValueError as error:
            return file._failed(str(error), pass_back['uid'])
        upload.unlink()
        file._heard(text, 'got', pass_back['uid'])
        return True

    @api.model
    def on_put(self, result, pass_back):
        file = self._of_callback(pass_back)
        if refusal(result):
            return file._failed(refusal(result), pass_back['uid'])
        version = file.version_ids.filtered(lambda one: one.id == pass_back['version'])
        file._settle({'known_content': version.content, 'is_known': True})
        file.server_id._tell(
            pass_back['uid'], file.name, _('The PBX has it. Asterisk reads it at its next reload.'), warning=False
        )
        return True

    @api.model
    def on_delete(self, result, pass_back):
        file = self._of_callback(pass_back)
        if refusal(result):
            return file._failed(refusal(result), pass_back['uid'])
        file._settle({'known_content': False, 'is_known': False})
        file._note('deleted', pass_back['uid'])
        return True

    def _of_callback(self, pass_back):
        server = self.env['asterisk_plus.server']._check_callback()
        file = self.sudo().browse(pass_back['file']).exists()
        if file.server_id != server:
            raise UserError(_('There is no such file of this PBX.'))
        return file

    @api.model
    def _take_all(self, server, texts, uid):
        """Takes over what the PBX has: ``texts`` as {name: text or None}."""
        known = {file.name: file for file in self.search([('server_id', '=', server.id)])}
        for name, text in texts.items():
            file = known.get(name) or self.create({'server_id': server.id, 'name': name})
            if text is None:
                file._settle({'error': _('It cannot be read: too large, not UTF-8 or no right to.')})
            else:
                file._heard(text, 'got', uid)
        for name in known.keys() - texts.keys():
            known[name]._settle({'known_content': False, 'is_known': False})

    def _heard(self, text, kind, uid):
        text = storable(text)
        is_news = not self.is_known or text != (self.content or '')
        self._settle({'content': text, 'known_content': text, 'is_known': True})
        if is_news:
            self._note(kind, uid)

    def _settle(self, values):
        here = self.with_context(asterisk_plus_conf_kind=True)
        here.write({'error': False, 'synced_at': fields.Datetime.now(), **values})

    def _failed(self, reason, uid):
        self.write({'error': storable(reason)})
        self.server_id._tell(uid, self.name, reason)
        return False


def _sha256(text):
    return hashlib.sha256((text or '').encode()).hexdigest()
