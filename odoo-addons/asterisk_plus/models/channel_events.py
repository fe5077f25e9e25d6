import time

from odoo import _, api, models
from odoo.exceptions import ValidationError

from ..tools import channel_facts
from .server import _moment
from .settings import debug


class Channel(models.Model):
    """The handlers of AMI events, by OdooPBX's names: each notes the event's facts, whenever it comes."""

    _inherit = 'asterisk_plus.channel'

    @api.model
    def on_ami_new_channel(self, event):
        return self._handle(event, channel_facts.new_channel)

    @api.model
    def on_ami_update_channel_state(self, event):
        return self._handle(event, channel_facts.new_state)

    @api.model
    def on_ami_hangup(self, event):
        return self._handle(event, channel_facts.hangup)

    @api.model
    def on_ami_originate_response_failure(self, event):
        return self._handle(event, channel_facts.originate_failure)

    @api.model
    def update_recording_filename(self, event):
        """VarSet of MIXMONITOR_FILENAME."""
        return self._handle(event, channel_facts.recording)

    @api.model
    def on_ami_dial_begin(self, event):
        return self._handle(event, channel_facts.dial_begin)

    @api.model
    def on_ami_dial_end(self, event):
        return self._handle(event, channel_facts.dial_end)

    @api.model
    def on_ami_bridge_enter(self, event):
        return self._handle(event, channel_facts.bridge_enter)

    @api.model
    def on_ami_blind_transfer(self, event):
        return self._handle(event, channel_facts.blind_transfer)

    @api.model
    def on_ami_attended_transfer(self, event):
        return self._handle(event, channel_facts.attended_transfer)

    @api.model
    def on_ami_queue_caller_join(self, event):
        return self._handle(event, channel_facts.queue_join)

    def _handle(self, event, facts_of):
        """Notes the facts and settles their call. True, as OdooPBX's handlers."""
        self.env['asterisk_plus.server']._check_agent()
        debug(self, event.get('Event', ''), event)
        server = self.env.user.asterisk_server.sudo()
        if not server:
            raise ValidationError(_('There is no PBX server that this event could be of.'))
        at = channel_facts.time_of(event, time.time())
        self.sudo()._learn(server, facts_of(event, at))._settle(_moment(at))
        return True

    @api.model
    def _learn(self, server, told):
        """Keeps what was told of channels; returns their call, which is one from now on."""
        if not told.uniqueids:
            return self.env['asterisk_plus.call']
        channels = self.search(
            [('server_id', '=', server.id), ('uniqueid', 'in', sorted(told.uniqueids))], order='id'
        )
        channels |= self._insert(server, told.uniqueids - set(channels.mapped('uniqueid')))
        call = channels.call_id._merged() or self.env['asterisk_plus.call']._of_new(server, told)
        # Two transactions that change one call at the same time both change this: PostgreSQL refuses the
        # second one, Odoo runs it again, and it sees the facts of the first.
        call.revision += 1
        strangers = channels.filtered(lambda channel: channel.call_id != call)
        strangers.call_id = call
        for channel in channels:
            facts = channel_facts.added(channel.facts, told.facts.get(channel.uniqueid, []))
            if facts != channel.facts:
                channel.facts = facts
        return call

    def _insert(self, server, uniqueids):
        """Rows for channels that are heard of for the first time. DO NOTHING: when another transaction
        inserts the same one at this moment, PostgreSQL answers with a serialization failure, which Odoo
        retries.
        """
        if not uniqueids:
            return self
        self.env.cr.execute(
            """
            INSERT INTO asterisk_plus_channel
                   (server_id, company_id, uniqueid, create_uid, create_date, write_uid, write_date)
            SELECT %s, %s, heard.uniqueid, %s, now() AT TIME ZONE 'UTC', %s, now() AT TIME ZONE 'UTC'
              FROM unnest(%s::varchar[]) AS heard (uniqueid)
            ON CONFLICT DO NOTHING RETURNING id
            """,
            (server.id, server.company_id.id or None, self.env.uid, self.env.uid, sorted(uniqueids)),
        )
        return self.browse(row[0] for row in self.env.cr.fetchall())
