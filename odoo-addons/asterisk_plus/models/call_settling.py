from contextlib import contextmanager

from odoo import models

# The calls that the events of the running batch changed: {id: newest event's time}. On the cursor, because
# the handlers of one transaction run in several environments.
UNSETTLED = 'asterisk_plus.unsettled_calls'


class Call(models.Model):
    _inherit = 'asterisk_plus.call'

    def _settle(self, at):
        """Computes the call anew and lets Odoo react: at once, or when the running batch has been handled."""
        unsettled = self.env.cr.cache.get(UNSETTLED)
        if unsettled is None:
            self._tell_anew()
            self._react(at)
            return
        for call in self:
            unsettled[call.id] = max(at, unsettled.get(call.id, at))


class Server(models.Model):
    _inherit = 'asterisk_plus.server'

    @contextmanager
    def _settling_calls(self):
        """Within it events only note their facts; each call is computed once, at the end."""
        unsettled = self.env.cr.cache[UNSETTLED] = {}
        try:
            yield
            del self.env.cr.cache[UNSETTLED]
            calls = self.env['asterisk_plus.call'].sudo().browse(unsettled).exists()
            for call in calls.sorted('id'):
                call._settle(unsettled[call.id])
        finally:
            self.env.cr.cache.pop(UNSETTLED, None)
