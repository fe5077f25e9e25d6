from odoo import _, fields, models


class Call(models.Model):
    """Missed calls: somebody has to call back."""

    _inherit = 'asterisk_plus.call'

    def _is_missed(self):
        return not self.is_active and self.status != 'answered' and self.direction != 'out'

    def _note_missed_call(self):
        """An activity on the contact; on the call where there is none."""
        if not self._is_missed():
            return
        for user in self._users_to_call_back():
            claims = self.env['asterisk_plus.call_reaction']._claim(self, f'missed:{user.id}')
            if claims:
                claims[0].activity_id = self._missed_call_activity(user)

    def _users_to_call_back(self):
        """The called user; where it rang at several or in a queue, the contact's salesperson if there is one.

        One by one for several called users without a salesperson, nobody for a queue: there it rings at
        everybody, and everybody would call back.
        """
        called = self.called_user_ids - self.calling_user_id
        salesperson = self.partner_id.user_id or self.partner_id.commercial_partner_id.user_id
        if len(called) != 1 or self.queue:
            called = salesperson or (called if not self.queue else called.browse())
        unwanted = self._telephones(called).filtered(lambda telephone: not telephone.missed_call_activity).user_id
        return called.filtered(lambda user: user.active and user._is_internal()) - unwanted

    def _missed_call_activity(self, user):
        self = self.with_context(lang=user.lang, tz=user.tz)  # noqa: PLW0642
        number = self.calling_number or ''
        caller = self.calling_name or number or _('unknown number')
        record = self.partner_id or self
        return record.activity_schedule(
            'mail.mail_activity_data_call',
            fields.Date.context_today(self, self.ended or self.started),
            _('Missed call from %s', caller if caller == number else f'{caller} {number}'.strip()),
            user_id=user.id,
        )
