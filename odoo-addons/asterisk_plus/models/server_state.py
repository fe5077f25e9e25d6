from datetime import timedelta

from babel.dates import format_timedelta
from odoo import api, fields, models
from odoo.tools.misc import babel_locale_parse, get_lang

# Agents are heard of every minute: after three without a word this one is gone, whatever it said last.
SILENCE = timedelta(minutes=3)


class Server(models.Model):
    """How the PBX does now. Computed at every read: silence writes no record."""

    _inherit = 'asterisk_plus.server'

    online = fields.Boolean(
        compute='_compute_agent_state',
        search='_search_online',
        help='Its agent was heard of within three minutes and was connected to Asterisk.',
    )
    agent_state = fields.Selection(
        [
            ('online', 'Online'),
            ('no_asterisk', 'No Asterisk'),
            ('offline', 'Offline'),
            ('never_seen', 'Never seen'),
        ],
        string='State',
        compute='_compute_agent_state',
    )
    last_seen_ago = fields.Char(string='Heard of', compute='_compute_last_seen_ago')

    @api.depends('last_seen', 'connected')
    def _compute_agent_state(self):
        limit = fields.Datetime.now() - SILENCE
        for server in self:
            if not server.last_seen:
                server.agent_state = 'never_seen'
            elif server.last_seen <= limit:
                server.agent_state = 'offline'
            else:
                server.agent_state = 'online' if server.connected else 'no_asterisk'
            server.online = server.agent_state == 'online'

    def _search_online(self, operator, value):
        wanted = bool(list(value)[0]) if operator in ('in', 'not in') else bool(value)
        if operator in ('!=', 'not in'):
            wanted = not wanted
        limit = fields.Datetime.now() - SILENCE
        if wanted:
            return [('connected', '=', True), ('last_seen', '>', limit)]
        return ['|', '|', ('connected', '=', False), ('last_seen', '=', False), ('last_seen', '<=', limit)]

    @api.depends('last_seen')
    @api.depends_context('lang')
    def _compute_last_seen_ago(self):
        locale = babel_locale_parse(get_lang(self.env).code)
        now = fields.Datetime.now()
        for server in self:
            if not server.last_seen:
                server.last_seen_ago = False
                continue
            # At least a second: a clock that was put back since does not make it "in a minute".
            ago = max(now - server.last_seen, timedelta(seconds=1))
            server.last_seen_ago = format_timedelta(-ago, add_direction=True, locale=locale)
