import filecmp
import hashlib
import os
import secrets
import shutil
from datetime import timedelta, timezone
from urllib.parse import quote

from odoo import _, api, fields, models
from odoo.exceptions import UserError

from ..tools.audio_type import audio_type
from ..tools.partial_file import PartialFile

LIFE = timedelta(hours=24)
FOLDER = 'asterisk_plus_upload'
MAX_BYTES = {'recording': 1_000_000_000, 'configs': 25_000_000}
TOKEN_UNIQUE = ('UNIQUE (token_hash)', 'There is an upload with this token already.')


class Upload(models.Model):
    """A one-time address that an agent sends a large file to. Who knows the token may write this one file."""

    _name = 'asterisk_plus.upload'
    _description = 'Upload'
    _order = 'id desc'

    server_id = fields.Many2one('asterisk_plus.server', required=True, ondelete='cascade', index=True)
    name = fields.Char(string='File', required=True)
    kind = fields.Selection(
        [('recording', 'Recording'), ('configs', 'Configuration files')], required=True
    )
    token_hash = fields.Char(required=True, help='SHA-256 of the token, which is known to the agent alone.')
    max_bytes = fields.Integer(required=True)
    expires_at = fields.Datetime(required=True, index=True)
    state = fields.Selection([('open', 'Open'), ('done', 'Done')], required=True, default='open')
    attachment_id = fields.Many2one('ir.attachment', ondelete='set null')
    file_size = fields.Integer()
    sha256 = fields.Char(string='SHA-256')

    if hasattr(models, 'Constraint'):  # Odoo 19
        _token_unique = models.Constraint(*TOKEN_UNIQUE)
    else:
        _sql_constraints = [('token_unique', *TOKEN_UNIQUE)]

    @api.model
    def _make(self, server, kind, name):
        """A new upload and its address for the job (uploadAddressSchema). The token is told only here."""
        token = secrets.token_urlsafe(32)
        upload = self.sudo().create(
            {
                'server_id': server.id,
                'kind': kind,
                'name': name,
                'token_hash': _hash(token),
                'max_bytes': MAX_BYTES[kind],
                'expires_at': fields.Datetime.now() + LIFE,
            }
        )
        return upload, {
            'url': f'{server._odoo_address()}/asterisk_plus/upload/{quote(token)}',
            'database': self.env.cr.dbname,
            'max_bytes': upload.max_bytes,
            'expires_at': upload.expires_at.replace(tzinfo=timezone.utc).timestamp(),
        }

    @api.model
    def _by_token(self, token):
        """Looked up by the hash: how long it takes tells nothing about tokens."""
        found = self.sudo().search([('token_hash', '=', _hash(token))], limit=1)
        return found if found.expires_at and found.expires_at > fields.Datetime.now() else self.sudo()

    def _progress(self):
        if self.state == 'done':
            attachment = {'attachment_id': self.attachment_id.id} if self.attachment_id else {}
            return {'offset': self.file_size, 'done': True, **attachment}
        return {'offset': self._part().size(), 'done': False}

    def _part(self):
        return PartialFile(os.path.join(self.env['ir.attachment']._filestore(), FOLDER), str(self.id))

    def _take(self, piece, content):
        """Adds a piece (UploadPiece) with its content. Returns (HTTP status, answer)."""
        self.env.cr.execute('SELECT id FROM asterisk_plus_upload WHERE id = %s FOR UPDATE', (self.id,))
        self.invalidate_recordset()
        if self.state == 'done':
            return 200, self._progress()
        part = self._part()
        if piece.start is not None:
            if part.size() != piece.start:
                return 409, self._progress()
            part.append(content)
        if part.size() < piece.total:
            return 202, self._progress()
        problem = self._complete(part, piece)
        if problem:
            # It can only be sent anew, by another job.
            part.remove()
            return 422, {'error': problem}
        return 200, self._progress()

    def _complete(self, part, piece):
        """Makes the attachment; returns what is wrong with the file instead."""
        sha256, sha1 = part.digests()
        if part.size() != piece.total or sha256 != piece.sha256:
            return _('The file is not the one that was announced.')
        mimetype = self._mimetype(part.head())
        if not mimetype:
            return _('%s is no recording.', self.name)
        attachment = self._attach(part, sha1, mimetype)
        self.write(
            {'state': 'done', 'attachment_id': attachment.id, 'file_size': piece.total, 'sha256': sha256}
        )
        # Not before: should this transaction fail, the file is still there for the next request.
        self.env.cr.postcommit.add(part.remove)
        return ''

    def _mimetype(self, head):
        if self.kind == 'recording':
            return audio_type(self.name, head)
        return 'application/json'

    def _attach(self, part, sha1, mimetype):
        """The file becomes an attachment's without being read into memory where attachments are files."""
        attachments = self.env['ir.attachment'].sudo()
        values = {'name': self.name, 'res_model': self._name, 'res_id': self.id, 'mimetype': mimetype}
        if attachments._storage() != 'file' or not part.size():
            with open(part.path, 'rb') if part.size() else open(os.devnull, 'rb') as source:
                return attachments.create({**values, 'raw': source.read()})
        attachment = attachments.create(values)
        store_fname = f'{sha1[:2]}/{sha1}'
        _take_over(part.path, attachments._full_path(store_fname))
        # In case that this transaction fails: Odoo removes files that no attachment names.
        attachments._mark_for_gc(store_fname)
        self.env.cr.execute(
            'UPDATE ir_attachment SET store_fname = %s, checksum = %s, file_size = %s WHERE id = %s',
            (store_fname, sha1, part.size(), attachment.id),
        )
        attachment.invalidate_recordset()
        return attachment

    def _give_to(self, record, name=None):
        """The attachment becomes the record's, whose access rights hold from then on. An upload is given once."""
        attachment = self.attachment_id
        attachment.write({'res_model': record._name, 'res_id': record.id, 'name': name or self.name})
        self.attachment_id = False
        return attachment

    @api.autovacuum
    def _gc_expired(self):
        self.sudo().search([('expires_at', '<', fields.Datetime.now())], limit=1000).unlink()

    def unlink(self):
        # What nobody came for.
        self.attachment_id.filtered(lambda one: one.res_model == self._name).unlink()
        for upload in self:
            self.env.cr.postcommit.add(upload._part().remove)
        return super().unlink()


def _hash(token):
    return hashlib.sha256(token.encode()).hexdigest()


def _take_over(path, target):
    os.makedirs(os.path.dirname(target), exist_ok=True)
    try:
        os.link(path, target)
    except FileExistsError:
        if not filecmp.cmp(path, target, shallow=False):
            raise UserError(_('The attachment collides with an existing file.')) from None
    except OSError:
        # A file system without hard links.
        shutil.copyfile(path, target)
