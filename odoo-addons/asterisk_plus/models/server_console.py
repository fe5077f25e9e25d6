import json
import logging
import time
import uuid

import psycopg2
import requests
from odoo import _, api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.http import request as http_request

from ..tools.console import console_arguments, console_offer
from ..tools.door import post_job
from ..tools.job_request import job_request

_logger = logging.getLogger(__name__)

# As long as the tickets that the door gives out.
OPEN_SECONDS = 60


class Server(models.Model):
    """The console of the PBX, for PBX admins."""

    _inherit = 'asterisk_plus.server'

    console_state = fields.Char(
        string='Console',
        compute='_compute_console_state',
        help="Whether the PBX's own configuration allows it.",
    )

    @api.depends('status')
    def _compute_console_state(self):
        for server in self:
            status = json.loads(server.status) if server.status else {}
            if status.get('consoleEnabled') is True:
                server.console_state = _('Ready')
            elif status.get('consoleProblem'):
                server.console_state = _('Not ready: %s', status['consoleProblem'])
            else:
                server.console_state = _('Not enabled on the PBX') if status else False

    def action_console(self):
        self.ensure_one()
        self._check_admin()
        return {
            'type': 'ir.actions.client',
            'tag': 'asterisk_plus.console',
            'name': _('Console of %s', self.name),
            'context': {'active_id': self.id},
        }

    def open_console(self, cols, rows):
        """Asks the PBX for a console of that size: the one call that waits for the door's answer.

        Returns {id, server, session, url, expires_at}: ``url`` is good for one WebSocket connection until then,
        and speaks the protocol of docs/console.md. Every attempt is noted in ``asterisk_plus.console_session``,
        also one that fails.
        """
        self._check_admin()
        self.ensure_one()
        # Read with the caller's rights: another company's server is refused here.
        server_name = self.name
        if not self._has_door():
            raise UserError(
                _('The PBX server %s is archived, or its door and API key are not set.', server_name)
            )
        address = http_request.httprequest.remote_addr if http_request else False
        try:
            arguments = console_arguments(cols, rows, self.env.uid, self.env.user.name, address)
        except ValueError as error:
            raise ValidationError(str(error)) from error
        # Noted and committed before: what the PBX tells may come in before the door's answer.
        row = self._in_own_transaction(lambda sessions: sessions._note_asked(self, address).id)
        answer = self._ask_for_console(row, arguments)
        offer = console_offer(answer.console)
        if not offer:
            reason = self._why_no_console(answer)
            self._in_own_transaction(
                lambda sessions: sessions.browse(row)._note_end('refused', 'door', reason)
            )
            raise UserError(reason)
        self._in_own_transaction(lambda sessions: sessions.browse(row)._note_session(offer['session']))
        _logger.info('Console %s of %s for user %s', offer['session'], self.pbx, self.env.uid)
        return {'id': row, 'server': server_name, **offer}

    def _ask_for_console(self, row, arguments):
        body = job_request(
            'console.open',
            [],
            arguments,
            OPEN_SECONDS,
            {
                'res_model': 'asterisk_plus.console_session',
                'res_method': 'on_console_result',
                'pass_back': {'console_session_id': row},
                'callback_style': 'positional',
            },
        )
        body['expires_at'] = time.time() + OPEN_SECONDS
        with requests.Session() as session:
            return post_job(
                session,
                self._door_address(),
                self.sudo().api_key,
                self.env['ir.config_parameter'].sudo().get_param('database.uuid'),
                str(uuid.uuid4()),
                json.dumps(body, ensure_ascii=False),
            )

    def _why_no_console(self, answer):
        if answer.outcome == 'sent':
            return _('The middleware behind this door has no console: it must be brought up to date.')
        if not answer.spoke:
            return _('The door of %(server)s is out of reach. %(error)s', server=self.name, error=answer.text)
        return answer.text

    def _in_own_transaction(self, deed):
        """Does it and commits, whatever becomes of the caller's transaction; the audit log must not be undone
        with it. Again when another transaction was quicker with the same row."""
        for left in (2, 1, 0):
            try:
                with self.env.registry.cursor() as cr:
                    sessions = self.env(cr=cr)['asterisk_plus.console_session'].sudo()
                    done = deed(sessions)
                    sessions.env.flush_all()
                    return done
            except (psycopg2.errors.SerializationFailure, psycopg2.errors.UniqueViolation):
                if not left:
                    raise
