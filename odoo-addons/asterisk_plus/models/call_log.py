from odoo import _, models

from .server import _moment


class Call(models.Model):
    """The log of a call in words."""

    _inherit = 'asterisk_plus.call'

    def _write_log(self, story, people):
        """Brings the rows into line with the story: those that say the same already stay."""
        lines = [
            {'call_id': self.id, 'sequence': index, 'at': _moment(at), 'kind': kind, 'text': text}
            for index, (at, kind, text) in enumerate(
                sorted(self._lines(story, people), key=lambda line: line[0])
            )
        ]
        rows = self.event_ids
        for row, line in zip(rows, lines, strict=False):
            changed = {
                name: value for name, value in line.items() if name != 'call_id' and row[name] != value
            }
            if changed:
                row.write(changed)
        rows[len(lines) :].unlink()
        rows.create(lines[len(rows) :])

    def _lines(self, story, people):
        """(at, kind, text) of everything worth telling; lines of one instant in this order."""
        if story.started is None:
            return
        yield story.started, 'start', self._start_text(story, people)
        for channel in story.channels:
            for fact in channel.of_kind('queue'):
                yield fact[0], 'queue', _('Waits in the queue %s', fact[2].get('queue', ''))
            for fact in channel.of_kind('record'):
                yield fact[0], 'record', _('Recorded')
        own = [story.first] if story.first and story.is_originated else []
        for channel in [*own, *story.called]:
            yield from self._ringing_lines(channel, story, people)
        for (_channel, fact), text in zip(story.transfers, self._transfer_texts(story, people), strict=True):
            yield fact[0], 'transfer', text
        if story.failure:
            yield story.failure[0], 'fail', self._reason(story) or _('The call could not be made')
        if story.ended is not None:
            yield story.ended, 'end', _('Ended')

    def _start_text(self, story, people):
        first = story.first
        who = people.name(people.of_caller(story)) or (people.words(first) if first else '') or _('Unknown')
        if story.exten:
            return _('%(who)s calls %(number)s', who=who, number=story.exten)
        return _('%(who)s calls', who=who)

    def _ringing_lines(self, channel, story, people):
        who = people.words(channel)
        yield channel.rang, 'ring', _('%s rings', who)
        if channel.answered is not None:
            yield channel.answered, 'answer', _('%s answers', who)
            return
        outcome = story.outcome(channel)
        if outcome is None or channel.ended is None:
            return
        texts = {
            'busy': _('%s is busy', who),
            'noanswer': _('%s does not answer', who),
            'failed': _('%s cannot be reached', who),
        }
        yield channel.ended, 'miss', texts[outcome]

    def _transfer_texts(self, story, people):
        for channel, (_at, kind, told) in story.transfers:
            who, number = people.words(channel), told.get('exten') or told.get('number') or ''
            if kind == 'blind':
                yield _('%(who)s transfers to %(number)s', who=who, number=number)
            else:
                yield _('%(who)s connects with %(number)s', who=who, number=number)
