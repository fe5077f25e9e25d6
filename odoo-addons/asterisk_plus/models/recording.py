import base64
import binascii
import hashlib
import os
from datetime import timedelta

from odoo import _, api, fields, models
from odoo.exceptions import AccessError, UserError

from ..tools.audio_type import audio_type
from ..tools.config_answer import refusal
from ..tools.storable_text import storable

FILE_UNIQUE = ('UNIQUE (server_id, path)', 'There is a record of this recording already.')
# A PBX that is away gets its question when it is back.
ASK_FOR = timedelta(hours=12)
# As long as an agent may take to deliver it, and then some.
WAIT_FOR = timedelta(hours=38)
AUTOMATIC_ATTEMPTS = 3


class Recording(models.Model):
    """A recording of a call: on the PBX until somebody wants it, then an attachment."""

    _name = 'asterisk_plus.recording'
    _description = 'Recording'
    _order = 'id desc'

    server_id = fields.Many2one(
        'asterisk_plus.server', string='PBX', required=True, readonly=True, ondelete='cascade'
    )
    company_id = fields.Many2one(related='server_id.company_id', store=True, index=True)
    channel_id = fields.Many2one('asterisk_plus.channel', readonly=True, ondelete='set null', index=True)
    call_id = fields.Many2one(related='channel_id.call_id', string='Call', store=True, index=True)
    partner_id = fields.Many2one(related='call_id.partner_id', string='Contact')
    started = fields.Datetime(related='call_id.started')
    path = fields.Char(string='On the PBX', required=True, readonly=True, help='As Asterisk names it.')
    name = fields.Char(string='File', compute='_compute_name', store=True)
    state = fields.Selection(
        [
            ('available', 'On the PBX'),
            ('fetching', 'On its way'),
            ('fetched', 'In Odoo'),
            ('failed', 'Failed'),
        ],
        required=True,
        default='available',
        readonly=True,
        index=True,
    )
    error = fields.Char(readonly=True)
    job_id = fields.Many2one(
        'asterisk_plus.job', readonly=True, ondelete='set null', index='btree_not_null', copy=False
    )
    asked_at = fields.Datetime(readonly=True)
    attempts = fields.Integer(readonly=True)
    attachment_id = fields.Many2one('ir.attachment', string='Audio', readonly=True, ondelete='set null')
    file_size = fields.Integer(string='Bytes', readonly=True)
    fetched_at = fields.Datetime(readonly=True)
    is_deleted = fields.Boolean(string='Deleted on the PBX', readonly=True)

    if hasattr(models, 'Constraint'):  # Odoo 19
        _file_unique = models.Constraint(*FILE_UNIQUE)
    else:
        _sql_constraints = [('file_unique', *FILE_UNIQUE)]

    @api.depends('path')
    def _compute_name(self):
        for recording in self:
            recording.name = os.path.basename(recording.path or '')

    @api.model
    def _of_channels(self, channels):
        """Makes the recordings that Asterisk says it writes (``recording_filename`` of channels)."""
        for channel in channels.filtered('recording_filename'):
            # Several channels may be recorded to one file; a batch that runs at the same time may be quicker.
            self.flush_model()
            self.env.cr.execute(
                """
                INSERT INTO asterisk_plus_recording
                    (server_id, company_id, channel_id, call_id, path, name, state,
                     create_uid, create_date, write_uid, write_date)
                VALUES (%(server)s, %(company)s, %(channel)s, %(call)s, %(path)s, %(name)s, 'available',
                     %(uid)s, now() AT TIME ZONE 'UTC', %(uid)s, now() AT TIME ZONE 'UTC')
                ON CONFLICT (server_id, path) DO NOTHING
                """,
                {
                    'server': channel.server_id.id,
                    'company': channel.server_id.company_id.id or None,
                    'channel': channel.id,
                    'call': channel.call_id.id or None,
                    'path': channel.recording_filename,
                    'name': os.path.basename(channel.recording_filename),
                    'uid': self.env.uid,
                },
            )
            self.invalidate_model()
            channel.call_id.invalidate_recordset(['recording_ids'])

    # Fetching

    def action_fetch(self):
        """Asks the PBX for the recordings that Odoo has not got; whoever may see a recording may."""
        if not self.env.su and not self.env.user.has_group('asterisk_plus.group_pbx_user'):
            raise AccessError(_('Only PBX users may fetch recordings.'))
        self.check_access('read') if hasattr(self, 'check_access') else self.check_access_rule('read')
        for recording in self.sudo():
            if recording.state == 'fetching' and not recording._is_overdue():
                continue
            if recording.state != 'fetched':
                recording._ask()
        return True

    def _is_overdue(self):
        return not self.asked_at or self.asked_at < fields.Datetime.now() - WAIT_FOR

    def _ask(self):
        if self.is_deleted:
            raise UserError(_('%s was deleted on the PBX.', self.name))
        # Two who click at the same time: the second one's transaction is run again, and finds it asked for.
        self.write(
            {
                'state': 'fetching',
                'error': False,
                'asked_at': fields.Datetime.now(),
                'attempts': self.attempts + 1,
            }
        )
        upload, address = self.env['asterisk_plus.upload']._make(self.server_id, 'recording', self.name)
        self.job_id = self.server_id.local_job(
            'recording.get_file',
            [self.path],
            {'upload': address},
            timeout=300,
            res_model=self._name,
            res_method='on_file',
            pass_back={'recording': self.id, 'upload': upload.id},
            callback_style='positional',
            expires_in=ASK_FOR.total_seconds(),
            quiet=True,
        )

    @api.model
    def _not_asked(self, jobs, reason):
        """The jobs did not reach the PBX: there will be no answer."""
        waiting = self.sudo().search([('job_id', 'in', jobs.ids), ('state', '=', 'fetching')])
        waiting.write({'state': 'failed', 'error': storable(reason or _('The PBX could not be asked.'))})

    @api.model
    def on_file(self, result, pass_back):
        """The answer of recording.get_file. What it says of an upload is not believed: Odoo has the file or not."""
        recording = self._of_callback(pass_back)
        upload = self.env['asterisk_plus.upload'].sudo().browse(pass_back['upload']).exists()
        if recording.state == 'fetched':
            upload.unlink()
            return True
        reason = refusal(result)
        if not reason:
            if upload.server_id == recording.server_id and upload.state == 'done' and upload.attachment_id:
                recording._fetched(upload._give_to(recording, recording.name), upload.file_size)
            else:
                reason = recording._take_data(result)
        upload.unlink()
        if reason:
            recording.write({'state': 'failed', 'error': storable(reason)})
        return not reason

    def _take_data(self, result):
        """Makes the attachment of a small recording, which came with the result; returns what is wrong with it."""
        try:
            content = base64.b64decode(result['file_data'], validate=True)
        except (KeyError, TypeError, binascii.Error):
            return _('The PBX answered without the recording.')
        if hashlib.sha256(content).hexdigest() != result.get('sha256'):
            return _('The recording is damaged.')
        mimetype = audio_type(self.name, content[:64])
        if not mimetype:
            return _('%s is no recording.', self.name)
        attachment = self.env['ir.attachment'].create(
            {'name': self.name, 'res_model': self._name, 'res_id': self.id, 'mimetype': mimetype, 'raw': content}
        )
        self._fetched(attachment, len(content))
        return ''

    def _fetched(self, attachment, size):
        self.write(
            {
                'state': 'fetched',
                'attachment_id': attachment.id,
                'file_size': size,
                'fetched_at': fields.Datetime.now(),
                'error': False,
            }
        )
        if self.server_id.recording_delete:
            self.server_id.local_job(
                'file.delete',
                [self.path],
                timeout=30,
                res_model=self._name,
                res_method='on_deleted',
                pass_back={'recording': self.id},
                callback_style='positional',
                expires_in=ASK_FOR.total_seconds(),
                quiet=True,
                raise_exc=False,
            )

    @api.model
    def on_deleted(self, result, pass_back):
        recording = self._of_callback(pass_back)
        reason = refusal(result)
        recording.write({'is_deleted': not reason, 'error': storable(reason) or False})
        return not reason

    def _of_callback(self, pass_back):
        server = self.env['asterisk_plus.server']._check_callback()
        recording = self.sudo().browse(pass_back['recording']).exists()
        if recording.server_id != server:
            raise UserError(_('There is no such recording of this PBX.'))
        return recording

    @api.model
    def _cron_fetch(self):
        """Fetches what servers want fetched after each call; what failed is tried some times more."""
        due = self.search(
            [
                ('server_id.recording_fetch', '=', 'auto'),
                ('server_id.active', '=', True),
                ('state', 'in', ('available', 'failed')),
                ('attempts', '<', AUTOMATIC_ATTEMPTS),
                ('is_deleted', '=', False),
                ('call_id.is_active', '=', False),
                ('call_id', '!=', False),
                '|',
                ('asked_at', '=', False),
                ('asked_at', '<', fields.Datetime.now() - timedelta(minutes=15)),
            ],
            order='id',
            limit=200,
        )
        for recording in due:
            if recording.server_id._has_door():
                recording._ask()

    # Keeping

    @api.autovacuum
    def _gc_old_recordings(self):
        # Archived PBXs too: what was recorded there is to be forgotten all the same.
        servers = self.env['asterisk_plus.server'].sudo().with_context(active_test=False)
        for server in servers.search([('recording_days', '>', 0)]):
            before = fields.Datetime.now() - timedelta(days=server.recording_days)
            old = [('server_id', '=', server.id), ('create_date', '<', before)]
            self.sudo().search(old, limit=5000).unlink()

    def unlink(self):
        self.sudo().attachment_id.unlink()
        return super().unlink()
