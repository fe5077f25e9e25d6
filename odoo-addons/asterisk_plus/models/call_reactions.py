import logging
from datetime import timedelta

from odoo import api, fields, models

from .server_batch import TRANSACTION_LOST

_logger = logging.getLogger(__name__)

# A healed outage brings the events of hours: nobody wants the popups and activities of all of them.
MAX_AGE = timedelta(seconds=30)


class Call(models.Model):
    """When Odoo does something about a call.

    - Once per call: popup, activity and chatter claim the call in the database first.
    - Never for an event older than 30 s. What was written is corrected however late the event.
    - A reaction that fails is logged and does not take the call's record with it.
    """

    _name = 'asterisk_plus.call'
    _inherit = ['asterisk_plus.call', 'mail.thread', 'mail.activity.mixin']

    def _react(self, at):
        super()._react(at)
        fresh = fields.Datetime.now() - at <= MAX_AGE
        calls = self.exists()
        for call in calls:
            call._correct_reactions()
            if fresh and call.is_active:
                call._pop_up()
            elif fresh:
                call._isolated('missed-call activity', call._note_missed_call)
                call._isolated('chatter', call._log_in_chatter)
        # Last: a savepoint sends what was to be told until then.
        calls._tell_of_changes(fresh)

    def _isolated(self, what, reaction):
        """Runs code that ends in other people's overrides: those must not cost the call its record."""
        try:
            with self.env.cr.savepoint():
                reaction()
        except TRANSACTION_LOST:
            raise
        except Exception:
            _logger.exception('No %s for call %s', what, self.id)

    def _correct_reactions(self):
        """Events come in any order: takes back what a late one shows to be wrong."""
        if self.is_active:
            return
        reactions = self.env['asterisk_plus.call_reaction'].search(
            [('channel_id', 'in', self.channel_ids.ids), '|', ('message_id', '!=', False), ('activity_id', '!=', False)]
        )
        if self.status == 'answered':
            reactions.activity_id.unlink()
        for message in reactions.message_id:
            self._isolated('correction', lambda message=message: self._correct_log(message))

    def _absorb(self, others):
        """What people wrote about a part of the call, and what is to be done about it, stays with the whole."""
        super()._absorb(others)
        for model, link in (('mail.message', 'model'), ('mail.activity', 'res_model')):
            written = self.env[model].search([(link, '=', self._name), ('res_id', 'in', others.ids)])
            written.write({'res_id': self.id})

    # A call is made of events, several per second: no log of its fields, no followers.

    def _without_tracking(self):
        return self.with_context(tracking_disable=True, mail_notrack=True)

    @api.model_create_multi
    def create(self, vals_list):
        return super(Call, self._without_tracking()).create(vals_list).with_env(self.env)

    def write(self, vals):
        return super(Call, self._without_tracking()).write(vals)
