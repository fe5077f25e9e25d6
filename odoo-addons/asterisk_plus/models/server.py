from datetime import datetime, timezone
from urllib.parse import urlsplit

from odoo import _, api, fields, models
from odoo.exceptions import AccessError, ValidationError

from ..tools.gateway_batch import is_pbx_id
from ..tools.rpc import check_visible
from ..tools.storable_text import storable_json

DOOR_PATH = 'app/asterisk_plus/agent'
PBX_UNIQUE = ('UNIQUE (pbx)', 'There is a server with this PBX id already.')


class Server(models.Model):
    """One Asterisk, as Odoo sees it: where its jobs are handed in and how its agent does."""

    _name = 'asterisk_plus.server'
    _description = 'PBX server'
    _order = 'name, id'

    name = fields.Char(required=True, help="The PBX's SystemName.")
    pbx = fields.Char(
        string='PBX id',
        required=True,
        copy=False,
        help='<tenant>_<pbx>, as in the configuration of the agent.',
    )
    active = fields.Boolean(default=True)
    company_id = fields.Many2one('res.company', default=lambda self: self.env.company)
    user_id = fields.Many2one(
        'res.users',
        string='Agent user',
        help='The Odoo user by which this PBX signs in, where each PBX has its own.',
    )
    door_url = fields.Char(
        string='Door', help='Where jobs for the PBX are handed in, for example https://door.example.com/'
    )
    api_key = fields.Char(
        string='API key',
        copy=False,
        groups='asterisk_plus.group_pbx_admin',
        help='Opens the door of this PBX.',
    )
    callback_style = fields.Selection(
        string='Callbacks',
        selection=[('positional', 'method(result, pass_back)'), ('keyword', 'method(result, **pass_back)')],
        default='positional',
        required=True,
        help='How callbacks get pass_back: positional as in the developer guide, keyword for code written for'
        ' OdooPBX 3.',
    )
    originate_context = fields.Char(
        string='Dialplan context',
        default=lambda self: self.env['asterisk_plus.settings']._originate_context(),
        required=True,
    )

    status = fields.Text(string='Status as it came', readonly=True, copy=False)
    status_at = fields.Datetime(string='Last status', readonly=True, copy=False)
    last_seen = fields.Datetime(
        string='Last seen', readonly=True, copy=False, help="When Odoo last heard of it, by Odoo's own clock."
    )
    connected = fields.Boolean(
        readonly=True, copy=False, help='Connected to Asterisk when it was last heard of.'
    )
    ami_state = fields.Char(string='Asterisk connection', readonly=True, copy=False)
    agent_version = fields.Char(string='Agent version', readonly=True, copy=False)
    asterisk_version = fields.Char(string='Asterisk version', readonly=True, copy=False)
    spool_items = fields.Integer(string='Events waiting', readonly=True, copy=False)
    spool_since = fields.Datetime(string='Oldest waiting since', readonly=True, copy=False)
    dropped = fields.Integer(string='Events dropped', readonly=True, copy=False)
    rules_version = fields.Char(string='Rules version', readonly=True, copy=False)
    refused_rules = fields.Text(string='Refused rules', readonly=True, copy=False)

    job_ids = fields.One2many('asterisk_plus.job', 'server_id', string='Jobs')

    if hasattr(models, 'Constraint'):  # Odoo 19
        _pbx_unique = models.Constraint(*PBX_UNIQUE)
    else:
        _sql_constraints = [('pbx_unique', *PBX_UNIQUE)]

    @api.constrains('pbx')
    def _check_pbx(self):
        for server in self:
            if not is_pbx_id(server.pbx):
                raise ValidationError(
                    _('%s is no PBX id: it is <tenant>_<pbx>, each 1 to 24 of a-z, 0-9 and "-".', server.pbx)
                )

    @api.constrains('door_url')
    def _check_door_url(self):
        for server in self.filtered('door_url'):
            address = urlsplit(server.door_url)
            if address.scheme not in ('http', 'https') or not address.hostname or address.query:
                raise ValidationError(_('%s is no address of a door: https://host/', server.door_url))

    def _door_address(self):
        """The URL that jobs are posted to."""
        base = self.door_url.rstrip('/')
        return base if base.endswith('/' + DOOR_PATH) else f'{base}/{DOOR_PATH}'

    def _has_door(self):
        return bool(self.active and self.door_url and self.sudo().api_key)

    def _check_admin(self):
        if not self.env.su and not self.env.user.has_group('asterisk_plus.group_pbx_admin'):
            raise AccessError(_('Only PBX admins may do this.'))
        check_visible(self)

    # Buttons

    def ping(self):
        """Asks the agent for a sign of life."""
        return self._send_from_button('test.ping', title=_('Ping %s', self.name))

    def asterisk_ping(self):
        """Asks Asterisk, through the agent."""
        return self._send_from_button(
            'asterisk.manager_action', {'Action': 'Ping'}, title=_('Ping Asterisk at %s', self.name)
        )

    def reload_config(self):
        """Makes the agent ask for the event rules now."""
        return self._send_from_button('agent.reload_config', title=_('Apply rules at %s', self.name))

    def _send_from_button(self, fun, args=None, title=None):
        self._check_admin()
        self.local_job(fun, args, res_notify_uid=self.env.uid, res_notify_title=title)
        return True

    # The agent's state

    @api.model
    def update_agent_status(self, pbx, status):
        """Keeps the agent's status (agentStatusSchema) unless a newer one is known. False: no such server."""
        self._check_agent()
        if not isinstance(status, dict) or not isinstance(status.get('at'), (int, float)):
            raise ValidationError(_('The status of an agent is a dict with "at".'))
        server = self.sudo().with_context(active_test=False).search([('pbx', '=', pbx)], limit=1)
        if not server:
            return False
        server.with_env(self.env)._check_told_by_agent()
        at = _moment(status['at'])
        # One from the future was told by a clock that ran ahead: it must not shut out those after it.
        if not server.status_at or server.status_at <= at or server.status_at > fields.Datetime.now():
            server.write({'status_at': at, 'last_seen': fields.Datetime.now(), **_status_fields(status)})
        return True

    def _may_be_told_of_by(self, user):
        """Whether the user may say what happens at this PBX: where it has an agent user of its own, that one alone."""
        return not self.user_id or user == self.user_id or user._is_superuser()

    def _check_told_by_agent(self):
        if not self.env.su and not self.sudo()._may_be_told_of_by(self.env.user):
            raise AccessError(_('Another user is the agent of this PBX.'))

    def _check_agent(self):
        if not self.env.su and not self.env.user.has_group('asterisk_plus.group_pbx_server'):
            raise AccessError(_('Only users of the group "PBX server" may do this.'))


def _moment(unix_seconds):
    """A naive UTC datetime, as Odoo stores it; False where there is none."""
    if unix_seconds is None:
        return False
    return datetime.fromtimestamp(unix_seconds, timezone.utc).replace(tzinfo=None, microsecond=0)


def _status_fields(status):
    ami = status.get('ami') or {}
    spool = status.get('spool') or {}
    refused = status.get('refusedRules') or []
    return {
        'status': storable_json(status),
        'connected': ami.get('state') == 'connected',
        'ami_state': ami.get('state') if not ami.get('error') else f'{ami.get("state")}: {ami["error"]}',
        'agent_version': status.get('agentVersion'),
        'asterisk_version': ami.get('asteriskVersion'),
        'spool_items': spool.get('items') or 0,
        'spool_since': _moment(spool.get('oldestAt')),
        'dropped': (status.get('counts') or {}).get('dropped') or 0,
        'rules_version': status.get('rulesVersion'),
        'refused_rules': '\n'.join(_refused_line(rule) for rule in refused) or False,
    }


def _refused_line(rule):
    column = f', column {rule["column"]}' if rule.get('column') else ''
    return f'{rule.get("id")}{column}: {rule.get("message")}'
