from odoo import api, models

from ..tools import channel_facts
from .server import _moment


class Call(models.Model):
    _inherit = 'asterisk_plus.call'

    @api.model
    def on_user_event_set_answered(self, event):
        """UserEvent CallAnswered: the dialplan says that somebody took the call."""
        return self.env['asterisk_plus.channel']._handle(event, channel_facts.user_answered)

    @api.model
    def _of_new(self, server, told):
        first = min(told.uniqueids)
        return self.create(
            {'server_id': server.id, 'key': f'{server.id}/{first}', 'started': _moment(told.at)}
        )

    def _merged(self):
        """One call of these: the one that people saw first takes what belongs to the others."""
        calls = self.sorted('id')
        if len(calls) < 2:
            return calls
        call, others = calls[0], calls[1:]
        call._absorb(others)
        others.unlink()
        return call

    def _absorb(self, others):
        """Takes what belongs to the other calls, which are deleted afterwards."""
        others.channel_ids.call_id = self
        notes = [note for note in (self | others).mapped('notes') if note]
        if notes:
            self.notes = '\n'.join(notes)
