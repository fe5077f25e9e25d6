"""One channel's part of a call's story, told from its facts. Pure: no Odoo here."""

import re

# Technologies of channels that exist inside Asterisk only.
_INSIDE = (
    'Local/',
    'Surrogate/',
    'Message/',
    'Announcer/',
    'Recorder/',
    'CBAnn/',
    'CBRec/',
    'Snoop/',
    'Bridge/',
)
_LIFE = ('new', 'state', 'bridge', 'dial', 'dials', 'dialend', 'end')
_PLACED = ('new', 'dials', 'bridge')


class ChannelStory:
    def __init__(self, uniqueid, facts, booted_at=None):
        self.uniqueid = uniqueid
        self.facts = facts or []
        self._booted_at = booted_at

    def of_kind(self, kind):
        return [fact for fact in self.facts if fact[1] == kind]

    @property
    def order(self):
        return self.created if self.created is not None else float('inf'), self.uniqueid

    @property
    def first_at(self):
        return min(fact[0] for fact in self.facts)

    @property
    def created(self):
        return min((fact[0] for fact in self.facts if fact[1] in _LIFE), default=None)

    @property
    def is_real(self):
        """Whether Asterisk told that there is such a channel."""
        return self.created is not None

    @property
    def name(self):
        """As it was called first: a masquerade renames."""
        return self._first('name')

    @property
    def is_expected(self):
        """Whether Asterisk was asked to make it and has not said anything yet."""
        return not self.is_real and not self.of_kind('failed') and not self.of_kind('lost')

    @property
    def is_local(self):
        return self.name.startswith(_INSIDE)

    @property
    def peer(self):
        """``PJSIP/101`` of ``PJSIP/101-0000002a``."""
        return re.sub(r'-[0-9a-fA-F]{8,}(;[12])?$', '', self.name)

    @property
    def number(self):
        return self._first('number', 'new')

    @property
    def caller(self):
        return self._first('caller', 'new')

    @property
    def exten(self):
        """The number that was dialled on this channel; a channel that was called itself runs at "s" at
        first.
        """
        extens = [fact[2].get('exten', '') for fact in self.facts if fact[1] in _PLACED]
        return next((exten for exten in extens if exten not in ('', 's')), '')

    @property
    def is_originated(self):
        if any(not fact[2].get('source') for fact in self.of_kind('dial')):
            return True
        return any(fact[2].get('state') == 'Down' for fact in self.of_kind('new')) and not self.of_kind(
            'dial'
        )

    @property
    def answered(self):
        times = [fact[0] for fact in self.facts if _says_answered(fact)]
        return min(times, default=None)

    @property
    def rang(self):
        ringing = [fact[0] for fact in self.facts if fact[2].get('state') == 'Ringing' or fact[1] == 'dial']
        return min(ringing, default=self.created)

    @property
    def dial_statuses(self):
        return {fact[2].get('status', '') for fact in self.of_kind('dialend')}

    @property
    def ended(self):
        """When it hung up; a channel from before Asterisk's last start ended with its last sign of life."""
        hangups = [fact[0] for fact in self.of_kind('end')]
        if hangups:
            return min(hangups)
        before_boot = self._booted_at is not None and self.is_real and self.created < self._booted_at
        if before_boot or self.of_kind('lost'):
            return max(fact[0] for fact in self.facts if fact[1] != 'lost')
        return None

    @property
    def cause(self):
        return self._first('cause', 'end')

    @property
    def cause_text(self):
        return '' if self.cause in ('', '0') else self._first('text', 'end')

    @property
    def recording_filename(self):
        return self._first('file', 'record')

    def _first(self, key, kind=None):
        for fact in self.facts:
            if fact[2].get(key) and kind in (None, fact[1]):
                return fact[2][key]
        return ''


def _says_answered(fact):
    at, kind, data = fact
    return data.get('state') == 'Up' or data.get('status') == 'ANSWER' or kind == 'bridge'
