from odoo import _, models
from odoo.tools import plaintext2html


class Call(models.Model):
    """A call's line in the chatter of the contact and of the record that it was made from."""

    _inherit = 'asterisk_plus.call'

    def _log_in_chatter(self):
        for record in self._records_to_log_on():
            claims = self.env['asterisk_plus.call_reaction']._claim(self, f'log:{record._name},{record.id}')
            if claims:
                # Who telephoned does not follow the record for that.
                quiet = record.with_context(mail_post_autofollow_author_skip=True)
                claims[0].message_id = quiet.message_post(
                    # A string, not Markup: Odoo escapes it. Names come from whoever calls.
                    body=self._log_text(),
                    author_id=self._log_author().id,
                    message_type='notification',
                    subtype_xmlid='mail.mt_note',
                )

    def _records_to_log_on(self):
        """Records with a chatter, for addons to add theirs."""
        document = self._document()
        records = [document] if document else []
        if self.direction != 'internal' and self.partner_id and self.partner_id != document:
            records.append(self.partner_id)
        return records

    def _document(self):
        """The record that the call was made from, if it is still there and has a chatter."""
        if not self.res_model or not self.res_id or self.res_model not in self.env:
            return None
        document = self.env[self.res_model].browse(self.res_id)
        has_chatter = hasattr(document, 'message_post') and document._name != self._name
        return document.exists() or None if has_chatter else None

    def _log_author(self):
        user = self.calling_user_id if self.direction == 'out' else self.answered_user_id
        return (user or self.env.ref('base.user_root')).partner_id

    def _correct_log(self, message):
        body = plaintext2html(self._log_text(), container_tag=False)
        if message.body != body:
            message.body = body

    def _log_text(self):
        """One line: who called whom, and what came of it."""
        self = self.with_context(lang=self.company_id.partner_id.lang or self.env.lang)  # noqa: PLW0642
        caller = self.calling_user_id.name or ' '.join(filter(None, (self.calling_name, self.calling_number)))
        called = self.called_number or ', '.join(self.called_user_ids.mapped('name'))
        if self.direction == 'out':
            words = _('Outgoing call from %(caller)s to %(called)s', caller=caller, called=called)
        elif self.direction == 'internal':
            words = _('Internal call from %(caller)s to %(called)s', caller=caller, called=called)
        else:
            caller = caller or _('unknown number')
            words = _('Incoming call from %(caller)s', caller=caller)
        return f'{words}: {self._outcome()}'

    def _outcome(self):
        if self.status == 'answered':
            minutes, seconds = divmod(self.talk_time or 0, 60)
            talked = f'{minutes}:{seconds:02}'
            who = self.answered_user_id.name
            if who and self.direction != 'out':
                return _('answered by %(user)s, %(time)s', user=who, time=talked)
            return _('answered, %s', talked)
        return dict(self._fields['status']._description_selection(self.env))[self.status].lower()
