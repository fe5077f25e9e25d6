from datetime import datetime, timedelta, timezone

from odoo import _, api, fields, models
from odoo.exceptions import ValidationError

from ..tools.console import code_text, is_session, name_text, reason_text, refusal_of, told_by_event

RETENTION_DAYS = 365
# No console is left open for so long: its end was lost on the way.
LOST_AFTER_DAYS = 7

# What is told late must not take back what is known.
_order_of_states = ('asked', 'open', 'refused', 'closed')


class ConsoleSession(models.Model):
    """Who had a console of which PBX, when, from where, and how it ended. Never what was typed.

    asked → open → closed; asked → refused (by the door or by the PBX). Kept apart from the PBX server and from
    the user, whose names stay when they go.
    """

    _name = 'asterisk_plus.console_session'
    _description = 'PBX console session'
    _order = 'id desc'
    _rec_name = 'pbx'

    server_id = fields.Many2one(
        'asterisk_plus.server', string='PBX', readonly=True, ondelete='set null', index=True
    )
    pbx = fields.Char(string='PBX id', required=True, readonly=True)
    company_id = fields.Many2one('res.company', readonly=True, ondelete='set null')
    user_id = fields.Many2one('res.users', string='User', readonly=True, ondelete='set null', index=True)
    user_name = fields.Char(string='Name of the user', readonly=True)
    address = fields.Char(string='From', readonly=True, help="The browser's address.")
    session = fields.Char(string='Session', readonly=True, copy=False)
    state = fields.Selection(
        [('asked', 'Asked for'), ('open', 'Open'), ('refused', 'Refused'), ('closed', 'Closed')],
        required=True,
        default='asked',
        readonly=True,
        index=True,
    )
    opened_at = fields.Datetime(string='Opened', readonly=True)
    closed_at = fields.Datetime(string='Closed at', readonly=True)
    duration = fields.Float(string='Seconds', compute='_compute_duration')
    shell = fields.Boolean(
        string='Shell allowed',
        readonly=True,
        help='The PBX allowed "!" and with it the commands of its system.',
    )
    end_code = fields.Char(string='Ended by', readonly=True)
    end_reason = fields.Char(string='Reason', readonly=True)
    bytes_out = fields.Float(string='Bytes shown', digits=(16, 0), readonly=True)
    bytes_in = fields.Float(string='Bytes typed', digits=(16, 0), readonly=True)

    def init(self):
        self.env.cr.execute("""
            CREATE UNIQUE INDEX IF NOT EXISTS asterisk_plus_console_session_unique
                ON asterisk_plus_console_session (session) WHERE session IS NOT NULL
        """)

    @api.depends('opened_at', 'closed_at')
    def _compute_duration(self):
        for session in self:
            ended = session.opened_at and session.closed_at
            session.duration = (session.closed_at - session.opened_at).total_seconds() if ended else 0

    # Told by Odoo itself

    @api.model
    def _note_asked(self, server, address):
        user = self.env.user
        return self.sudo().create(
            {
                'server_id': server.id,
                'pbx': server.pbx,
                'company_id': server.company_id.id,
                'user_id': user.id,
                'user_name': user.name,
                'address': address,
            }
        )

    def _note_session(self, session):
        """The door's name of it. Its events may have been quicker: their row becomes this one's."""
        early = self.search([('session', '=', session)])
        values = {'session': session}
        if early:
            values |= early._told()
            early.unlink()
            self.env.flush_all()
        self.write(values)

    def _told(self):
        names = (
            'state',
            'opened_at',
            'closed_at',
            'shell',
            'end_code',
            'end_reason',
            'bytes_out',
            'bytes_in',
        )
        return {name: self[name] for name in names}

    def _note_end(self, state, code, reason):
        """Of what is not known to have ended; returns that."""
        running = self.filtered(lambda session: session.state in ('asked', 'open'))
        now = fields.Datetime.now()
        running.write({'state': state, 'closed_at': now, 'end_code': code, 'end_reason': reason})
        return running

    def note_closed(self, code, reason):
        """The browser tells that its own console ended. The PBX, whose word counts more, may tell it too."""
        self.env['asterisk_plus.server']._check_admin()
        # filtered() before sudo(): it reads with the caller's rights, and so refuses other companies' sessions.
        own = self.filtered(lambda session: session.user_id == self.env.user)
        own.sudo()._note_end('closed', code_text(code), reason_text(reason))
        return True

    # Told by the PBX

    @api.model
    def on_console_result(self, result, pass_back):
        """Callback of ``console.open``: the console runs, or why it does not."""
        self.env['asterisk_plus.server']._check_agent()
        session = self._of_pass_back(pass_back)
        reason = refusal_of(result)
        if reason:
            if session._note_end('refused', 'refused', reason):
                session._tell_browser()
        elif session.state == 'asked':
            session.write(
                {'state': 'open', 'opened_at': fields.Datetime.now(), 'shell': result.get('shell') is True}
            )
        return True

    def _of_pass_back(self, pass_back):
        row = pass_back.get('console_session_id') if isinstance(pass_back, dict) else None
        if not isinstance(row, int) or isinstance(row, bool):
            raise ValidationError(_('No console session is named in %s.', pass_back))
        return self.sudo().browse(row).exists()

    def _tell_browser(self):
        """The window that waits for it need not wait until it gives up."""
        payload = {'id': self.id, 'code': self.end_code, 'reason': self.end_reason or ''}
        name = 'asterisk_plus.console_refused'
        if hasattr(self.user_id, '_bus_send'):
            self.user_id._bus_send(name, payload)
        else:  # Odoo 17
            self.env['bus.bus'].sudo()._sendone(self.user_id.partner_id, name, payload)

    @api.model
    def on_console_event(self, event):
        """Handler of ``OdooPBXConsole``. In any order; a session that Odoo knows nothing of is noted too:
        somebody else holds a key of the door."""
        servers = self.env['asterisk_plus.server']
        servers._check_agent()
        told = told_by_event(event)
        session = self.sudo().search([('session', '=', event['Session'])]) or self._insert_unasked(event)
        state, at = told.pop('state'), _moment(event.get('EventTime'))
        if state != 'open':
            session.closed_at = at
        if state == 'open':
            session.opened_at = at
        if _order_of_states.index(state) > _order_of_states.index(session.state):
            told['state'] = state
        session.write(told)
        return True

    def _insert_unasked(self, event):
        """DO NOTHING: when open_console notes the same session at this moment, PostgreSQL answers with a
        serialization failure, which Odoo retries; a unique violation would be the handler's own failure."""
        server = self.env.user.asterisk_server.sudo()
        self.env.cr.execute(
            """
            INSERT INTO asterisk_plus_console_session
                   (session, server_id, pbx, company_id, user_name, address, state,
                    create_uid, create_date, write_uid, write_date)
            VALUES (%s, %s, %s, %s, %s, %s, 'asked',
                    %s, now() AT TIME ZONE 'UTC', %s, now() AT TIME ZONE 'UTC')
            ON CONFLICT DO NOTHING RETURNING id
            """,
            (
                event['Session'],
                server.id or None,
                server.pbx or name_text(event.get('SystemName')) or '?',
                server.company_id.id or None,
                name_text(event.get('UserName')) or None,
                name_text(event.get('Address')) or None,
                self.env.uid,
                self.env.uid,
            ),
        )
        return self.sudo().browse(row for (row,) in self.env.cr.fetchall())

    # Afterwards

    @api.autovacuum
    def _gc_console_sessions(self):
        days = self.env['ir.config_parameter'].sudo().get_param('asterisk_plus.console_log_days')
        kept = int(days) if days and days.isdecimal() and 0 < int(days) < 36500 else RETENTION_DAYS
        now = fields.Datetime.now()
        self.sudo().search([('create_date', '<', now - timedelta(days=kept))]).unlink()
        lost = self.sudo().search(
            [('state', 'in', ('asked', 'open')), ('create_date', '<', now - timedelta(days=LOST_AFTER_DAYS))]
        )
        lost.write({'state': 'closed', 'end_code': 'unknown', 'end_reason': _('Its end was never told.')})


def _moment(unix_seconds):
    """Now, where the PBX tells no time that can be."""
    try:
        return datetime.fromtimestamp(float(unix_seconds), timezone.utc).replace(tzinfo=None, microsecond=0)
    except (TypeError, ValueError, OverflowError, OSError):
        return fields.Datetime.now()
