from odoo import _, api, models
from odoo.exceptions import AccessError, UserError

CHANGED = 'asterisk_plus.calls'
POPUPS = 'asterisk_plus.popups'
RECENT = 10


class Call(models.Model):
    """What the web client sees of calls while they go on.

    Notifications are gathered and made when Odoo flushes (at a savepoint, at the latest before the commit), from
    what is there then: several events of a call tell of it once, and what was rolled back tells of nothing.
    """

    _inherit = 'asterisk_plus.call'

    def _tell_of_changes(self, fresh=True):
        """Live views learn of every change; people's telephones not of calls that only seem to go on."""
        changed = self._to_be_told(CHANGED)
        for call in self:
            changed[call.id] = changed.get(call.id) or fresh or not call.is_active

    def _to_be_told(self, kind):
        """What will be told at the next flush."""
        data = self.env.cr.precommit.data
        if CHANGED not in data:
            data.update({CHANGED: {}, POPUPS: {}})
            self.env.cr.precommit.add(self.env['asterisk_plus.call'].sudo()._tell)
        return data[kind]

    def _tell(self):
        data = self.env.cr.precommit.data
        changed, popups = data.pop(CHANGED), data.pop(POPUPS)
        calls = self.browse(changed).exists()
        for server, its_calls in calls.grouped('server_id').items():
            self._send((server, 'calls'), 'asterisk_plus.calls_changed', {'ids': its_calls.ids})
        for call in calls.filtered(lambda call: changed[call.id]):
            for user in call._participants():
                self._send(user.partner_id, 'asterisk_plus.call', call._phone_values(user))
        claims = self.env['asterisk_plus.call_reaction'].browse(popups).exists()
        for claim in claims.ids:
            partner, values = popups[claim]
            self._send(partner, 'asterisk_plus.incoming', values)

    def _send(self, target, kind, payload):
        self.env['bus.bus'].sudo()._sendone(target, kind, payload)

    def _participants(self):
        return self.calling_user_id | self.called_user_ids | self.answered_user_id

    def _phone_values(self, user):
        """The call as its participant sees it."""
        self.ensure_one()
        outgoing = self.calling_user_id == user
        other = self.called_user_ids if outgoing else self.calling_user_id
        partner = self.partner_id or (other.partner_id if len(other) == 1 else self.env['res.partner'])
        return {
            'id': self.id,
            'status': self.status,
            'is_active': self.is_active,
            'outgoing': outgoing,
            'number': (self.called_number if outgoing else self.calling_number) or '',
            'name': (not outgoing and self.calling_name) or '',
            'partner': {'id': partner.id, 'name': partner.display_name} if partner else False,
            'model': self.res_model or False,
            'res_id': self.res_id or False,
            'started': _text(self.started),
            'answered': _text(self.answered),
            'at_me': user in self._open_legs().user_id,
        }

    def _open_legs(self):
        """The channels of the call that ring or talk now."""
        return self.channel_ids.filtered(lambda channel: channel.name and not channel.ended)

    # What the web client asks for

    @api.model
    def phone_state(self):
        """The calls of the calling user that go on, and the popups that should be seen."""
        self._check_pbx_user()
        user = self.env.user
        active = self._calls_of(user, [('is_active', '=', True)], limit=20).sudo()
        return {
            'calls': [call._phone_values(user) for call in active],
            'incoming': [call._popup_values(user) for call in active if user in call._users_to_pop_up()],
        }

    @api.model
    def recent_calls(self):
        """The last calls of the calling user, the newest first."""
        self._check_pbx_user()
        user = self.env.user
        return [call._phone_values(user) for call in self._calls_of(user, [('is_active', '=', False)], limit=RECENT).sudo()]

    def _calls_of(self, user, domain, limit):
        """One search per role: each has an index, an OR of them has none."""
        roles = ('calling_user_id', 'called_user_ids', 'answered_user_id')
        found = self.browse().union(*(self.search([(role, 'in', user.ids), *domain], limit=limit) for role in roles))
        return found.sorted(lambda call: (call.started, call.id), reverse=True)[:limit]

    def hang_up(self):
        """Ends the calling user's part of the call; a PBX admin ends the call."""
        self.ensure_one()
        self._check_pbx_user()
        self.read(['status'])  # Raises where the user may not see the call.
        call, user = self.sudo(), self.env.user
        open_channels = call._open_legs()
        channels = open_channels.filtered(lambda channel: channel.user_id == user)
        if not channels and self.env.user.has_group('asterisk_plus.group_pbx_admin'):
            channels = open_channels
        if not channels:
            raise UserError(_('You have no telephone in this call any more.'))
        for channel in channels:
            call.server_id.local_job(
                'asterisk.manager_action',
                {'Action': 'Hangup', 'Channel': channel.name, 'Cause': '16' if call.answered else '21'},
                res_model='asterisk_plus.call',
                res_method='hang_up_response',
                pass_back={'uid': user.id},
                callback_style='positional',
                expires_in=30,
            )
        return True

    @api.model
    def hang_up_response(self, data, pass_back):
        """Tells the user why Asterisk did not hang up."""
        answer = data[0] if isinstance(data, list) and data else data
        if isinstance(answer, dict) and answer.get('Response') == 'Error':
            self.env['res.users'].asterisk_plus_notify(answer.get('Message'), uid=pass_back['uid'], warning=True)
        return True

    def call_back(self):
        """Calls the other side of the call."""
        self.ensure_one()
        outgoing = self.calling_user_id == self.env.user or self.direction == 'out'
        number = self.called_number if outgoing else self.calling_number
        if not number:
            raise UserError(_('This call has no number to call back.'))
        document = self.partner_id
        server = self.env['asterisk_plus.server'].browse(self.server_id.id)
        return server.originate_call(number, document._name if document else None, document.id or None)

    def _check_pbx_user(self):
        if not self.env.su and not self.env.user.has_group('asterisk_plus.group_pbx_user'):
            raise AccessError(_('Only PBX users have calls.'))


def _text(moment):
    return moment.strftime('%Y-%m-%d %H:%M:%S') if moment else False
