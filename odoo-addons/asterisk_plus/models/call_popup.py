from odoo import models

from .call_live import POPUPS

LAST_CALLS = 3


class Call(models.Model):
    """The popup at the users who are being called."""

    _inherit = 'asterisk_plus.call'

    def _pop_up(self):
        for user in self._users_to_pop_up():
            claims = self.env['asterisk_plus.call_reaction']._claim(self, f'popup:{user.id}')
            if claims:
                self._isolated('popup', lambda user=user, claim=claims[0]: self._pop_up_at(user, claim))

    def _pop_up_at(self, user, claim):
        self._to_be_told(POPUPS)[claim.id] = (user.partner_id, self._popup_values(user))

    def _users_to_pop_up(self):
        """Those at whom the call rings now, without those who want no popups."""
        self.ensure_one()
        if not self.is_active or self.direction == 'out':
            return self.env['res.users']
        users = self.called_user_ids - self.calling_user_id
        if self.answered:
            # Somebody took it and passed it on.
            legs = self._open_legs().filtered(lambda channel: not channel.answered)
            users &= legs.user_id
        telephones = self._telephones(users)
        return telephones.filtered('popup_enabled').user_id

    def _telephones(self, users):
        """The users' telephones at the PBX of this call, with their settings."""
        return self.env['asterisk_plus.user'].search(
            [('server_id', '=', self.server_id.id), ('user_id', 'in', users.ids)]
        )

    def _popup_values(self, user):
        """What the popup shows; text only, to be shown as text."""
        here = self.with_context(lang=user.lang)
        return {
            'call': here._phone_values(user),
            'sticky': bool(self._telephones(user).popup_sticky),
            'last_calls': [call._last_call_values() for call in here._last_calls()],
            'links': here.with_user(user)._popup_links(),
        }

    def _last_calls(self):
        """The calls before this one with the same contact, or the same number where there is none."""
        if self.partner_id:
            who = [('partner_id', '=', self.partner_id.id)]
        elif self.calling_number:
            who = [('calling_number', '=', self.calling_number)]
        else:
            return self.browse()
        here = [('company_id', 'in', [self.company_id.id, False]), ('id', '!=', self.id)]
        return self.search([*who, *here], limit=LAST_CALLS)

    def _last_call_values(self):
        outgoing = self.direction == 'out'
        user = self.calling_user_id if outgoing else self.answered_user_id
        return {
            'id': self.id,
            'status': self.status,
            'is_active': self.is_active,
            'outgoing': outgoing,
            'started': self.started.strftime('%Y-%m-%d %H:%M:%S'),
            'answered': bool(self.answered),
            'user': user.name or '',
        }

    def _popup_links(self):
        """Records to open from the popup, as the called user may see them, for addons to add theirs:
        ``[{'title', 'model', 'records': [{'id', 'name'}]}]``."""
        return []
