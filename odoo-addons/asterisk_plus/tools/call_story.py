"""The story of a call, told from the facts of all its channels (channel_facts.py).

A pure function of sets: neither the order in which the facts came nor what was computed from fewer of them
before has any influence. Local channels connect others and are nobody's telephone: they count only where
there is nothing else.
"""

from .channel_story import ChannelStory

# AMI's hangup causes (Q.850): what they say of a call that was not answered.
_OUTCOMES = {
    'busy': {'17', '21'},
    'noanswer': {'', '0', '16', '18', '19', '26', '127'},
}
_STATUSES = {
    'BUSY': 'busy',
    'NOANSWER': 'noanswer',
    'CANCEL': 'noanswer',
}
_DECLINED = '21'


class CallStory:
    """``facts``: {uniqueid: [fact]}; ``booted_at``: when Asterisk was last started, Unix seconds or None."""

    def __init__(self, facts, booted_at=None):
        channels = [ChannelStory(uniqueid, told, booted_at) for uniqueid, told in facts.items()]
        self.channels = sorted(channels, key=lambda channel: channel.order)
        real = [channel for channel in self.channels if channel.is_real and not channel.is_local]
        self.ends = real or [channel for channel in self.channels if channel.is_real]
        # The channel that the call began with, and those that were called. Of a user's telephones that rang
        # one after the other it is the one that was picked up, else the last one.
        own = [channel for channel in self.ends if channel.of_kind('originate')] or self.ends[:1]
        taken = [channel for channel in own if channel.answered is not None]
        self.first = next(iter(taken or reversed(own)), None)
        self.called = [channel for channel in self.ends if channel not in own] if real else []
        self.order = self._first_fact('originate')
        self.failure = self._first_fact('failed')

    @property
    def started(self):
        if self.ends:
            return self.ends[0].created
        return min((channel.first_at for channel in self.channels if channel.facts), default=None)

    @property
    def is_originated(self):
        """Whether Asterisk called the first channel, because somebody clicked a number."""
        return bool(self.order or (self.first and self.first.is_originated))

    @property
    def is_active(self):
        if any(channel.ended is None for channel in self.ends):
            return True
        asked = [channel for channel in self.channels if channel.of_kind('originate')]
        if self.ends or asked or self.failure:
            return any(channel.is_expected for channel in asked)
        return not any(channel.of_kind('lost') for channel in self.channels)

    @property
    def ended(self):
        if self.is_active:
            return None
        if self.ends:
            return max(channel.ended for channel in self.ends)
        return max(fact[0] for channel in self.channels for fact in channel.facts if fact[1] != 'lost')

    @property
    def answered(self):
        """When somebody took the call, whom or what it was for."""
        told = [fact[0] for channel in self.channels for fact in channel.of_kind('answered')]
        told += [channel.answered for channel in self.called if channel.answered is not None]
        if told:
            return min(told)
        first = self.first
        if self.called or self.queue or not first or first.answered is None:
            return None
        if self.is_originated:
            # The own telephone was picked up; what the dialplan did is known when it is over.
            talked = first.ended is not None and self._outcome_of_cause(first) == 'noanswer'
            return first.answered if talked else None
        return first.answered

    @property
    def answered_by(self):
        taken = [channel for channel in self.called if channel.answered is not None]
        return min(taken, key=lambda channel: (channel.answered, channel.order), default=None)

    @property
    def called_at_first(self):
        """Who was called until somebody answered: later ones were brought in by a transfer."""
        answered = self.answered
        if answered is None:
            return self.called
        return [channel for channel in self.called if channel.created <= answered]

    @property
    def status(self):
        if self.answered is not None:
            return 'answered'
        if self.is_active:
            return 'progress'
        return self._unanswered()[0]

    @property
    def decisive(self):
        """The channel that tells why the call was not answered."""
        return self._unanswered()[1]

    @property
    def was_declined(self):
        return bool(self.decisive and self.decisive.cause == _DECLINED)

    @property
    def exten(self):
        """What was dialled."""
        if self.order:
            return self.order[2].get('number', '')
        return self.first.exten if self.first else ''

    @property
    def queue(self):
        fact = self._first_fact('queue')
        return fact[2].get('queue', '') if fact else ''

    @property
    def transfers(self):
        """[(channel that transferred, fact)] in the order of time."""
        found = [
            (channel, fact)
            for channel in self.channels
            for kind in ('blind', 'attended')
            for fact in channel.of_kind(kind)
        ]
        return sorted(found, key=lambda pair: (pair[1][0], pair[0].order))

    def outcome(self, channel):
        """Why a called channel did not answer; None while it may."""
        if channel.answered is not None:
            return None
        told = {_STATUSES.get(status, 'failed') for status in channel.dial_statuses}
        if channel.ended is not None and channel.cause in _OUTCOMES['busy']:
            return 'busy'
        for outcome in ('noanswer', 'busy', 'failed'):
            if outcome in told:
                return outcome
        return self._outcome_of_cause(channel) if channel.ended is not None else None

    def _unanswered(self):
        asked = self.called or ([self.first] if self.first else [])
        outcomes = {channel: self.outcome(channel) or 'noanswer' for channel in asked}
        if self.called or (self.is_originated and self.first and self.first.answered is None):
            for outcome in ('noanswer', 'busy', 'failed'):
                for channel, its in outcomes.items():
                    if its == outcome:
                        return outcome, channel
        if not self.first:
            return 'failed', None
        return ('noanswer' if self.queue else self._outcome_of_cause(self.first)), self.first

    @staticmethod
    def _outcome_of_cause(channel):
        return next((outcome for outcome, causes in _OUTCOMES.items() if channel.cause in causes), 'failed')

    def _first_fact(self, kind):
        facts = [fact for channel in self.channels for fact in channel.of_kind(kind)]
        return min(facts, key=lambda fact: (fact[0], sorted(fact[2].items())), default=None)
