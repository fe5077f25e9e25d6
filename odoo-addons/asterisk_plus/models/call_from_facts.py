from datetime import timezone

from odoo import _, models

from ..tools.call_story import CallStory
from .server import _moment


class Call(models.Model):
    """The fields of a call, computed from the facts of its channels and from nothing else."""

    _inherit = 'asterisk_plus.call'

    def _tell_anew(self):
        for call in self:
            server = call.server_id
            booted_at = server.booted_at
            facts = {channel.uniqueid: channel.facts for channel in call.channel_ids}
            story = CallStory(facts, booted_at and booted_at.replace(tzinfo=timezone.utc).timestamp())
            people = self.env['asterisk_plus.user']._people_of(server, story)
            values = call._values(story, people)
            _write_changed(call, values)
            call._write_channels(story, people)
            call._write_log(story, people)

    def _values(self, story, people):
        server = self.server_id
        caller, owner_of_exten = people.of_caller(story), people.of_exten(story.exten)
        called = {people.user(channel) for channel in story.called} - {0}
        called |= {owner_of_exten} - {0, caller}
        direction = people.direction(story)
        first = story.first
        number = first.number if first else ''
        values = {
            'key': f'{server.id}/{min(self.channel_ids.mapped("uniqueid"))}',
            **_times(story),
            'status': story.status,
            'reason': self._reason(story) if story.status not in ('progress', 'answered') else False,
            'direction': direction,
            'calling_number': people.exten(story) or server._international(number) or False,
            'calling_name': people.name(caller) or (first.caller if first else '') or False,
            'called_number': server._international(_called_number(story)) or False,
            'calling_user_id': caller or False,
            'called_user_ids': [(6, 0, sorted(called))],
            'answered_user_id': people.user(story.answered_by) or False,
            'queue': story.queue or False,
            'is_transferred': bool(story.transfers),
            'transfer_info': '; '.join(self._transfer_texts(story, people)) or False,
            **_document(story),
        }
        return {**values, 'partner_id': self._partner(values)}

    def _reason(self, story):
        if story.was_declined:
            return _('Declined')
        told = story.failure[2].get('reason', '') if story.failure else ''
        channel = story.decisive
        texts = (channel and channel.cause_text, story.first and story.first.cause_text, told)
        return next((text for text in texts if text and not text.isdecimal()), False)

    def _partner(self, values):
        """The contact: that of the record that the number was clicked on, else who has the number.

        Looked for when the number becomes known, and as long as a call of nobody known goes on (somebody may just
        make a contact of it); never again then: people may have chosen another one since.
        """
        side = {'in': 'calling_number', 'out': 'called_number'}.get(values['direction'])
        if not side:
            return False
        is_settled = self.partner_id or not self.is_active
        if is_settled and all(
            self[name] == values[name] for name in (side, 'direction', 'res_model', 'res_id')
        ):
            return self.partner_id.id
        document = self._document_of(values)
        contact = document if document._name == 'res.partner' else document['partner_id']
        if contact:
            return contact.id
        return self.env['res.partner']._of_number(values[side], self.server_id.company_id).id

    def _document_of(self, values):
        """The record that the call was made from, if it is a contact or has one."""
        model, res_id = values['res_model'], values['res_id']
        if model and model in self.env and self.env[model].browse(res_id).exists():
            document = self.env[model].browse(res_id)
            field = document._fields.get('partner_id')
            if model == 'res.partner' or (field and field.comodel_name == 'res.partner'):
                return document
        return self.env['res.partner']

    def _write_channels(self, story, people):
        told = {channel.uniqueid: channel for channel in story.channels}
        for record in self.channel_ids:
            channel = told[record.uniqueid]
            values = {
                'name': channel.name,
                'created': _moment(channel.created),
                'answered': _moment(channel.answered),
                'ended': _moment(channel.ended),
                'user_id': people.user(channel),
                'hangup_cause': channel.cause_text or channel.cause,
                'recording_filename': channel.recording_filename,
            }
            _write_changed(record, values)


def _write_changed(record, values):
    """Writes what differs, so that an event that changes nothing writes nothing."""
    values = {name: value or False for name, value in values.items()}
    changed = {name: value for name, value in values.items() if _as_written(record, name) != value}
    if changed:
        record.write(changed)


def _as_written(record, name):
    value = record[name]
    if record._fields[name].type == 'many2many':
        return [(6, 0, sorted(value.ids))]
    return (value.id if record._fields[name].type == 'many2one' else value) or False


def _times(story):
    started, answered, ended = story.started, story.answered, story.ended
    until = answered if answered is not None else ended
    return {
        'started': _moment(started),
        'answered': _moment(answered),
        'ended': _moment(ended),
        'is_active': story.is_active,
        'duration': _seconds(started, ended),
        'talk_time': _seconds(answered, ended),
        'ring_time': _seconds(started, until),
    }


def _seconds(since, until):
    return 0 if since is None or until is None else max(0, int(until - since))


def _called_number(story):
    return story.exten or next((channel.number for channel in story.called if channel.number), '')


def _document(story):
    """Where the call was made from; nothing for a call that Odoo did not ask for."""
    order = story.order[2] if story.order else {}
    if not order.get('model') or not order.get('id'):
        return {'res_model': False, 'res_id': False}
    return {'res_model': order['model'], 'res_id': int(order['id'])}
