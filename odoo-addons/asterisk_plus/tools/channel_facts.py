"""What an AMI event tells of channels: facts, which are kept per channel.

A fact is ``[at, kind, data]``: Unix seconds, a word, a dict of texts. The facts of a channel are a set,
kept as a sorted list: adding one is commutative, associative and idempotent, so that events may come in any
order and any number of times. Nothing is ever derived from a fact before all of them are put together
(call_story.py).

Pure: no Odoo here.
"""

import json

# A channel that says more than this is no telephone call; the earliest facts are kept, in whatever order
# they come, and its end in any case.
MAX_FACTS = 500
MAX_TEXT = 1000

_nothing = {'', '<unknown>', '<none>', '<null>', '(null)', 'unknown'}


class Told:
    """What an event told: ``facts`` per Uniqueid, and that ``uniqueids`` belong to one call."""

    def __init__(self, at):
        self.at = at
        self.facts = {}
        self.uniqueids = set()

    def fact(self, uniqueid, kind, **data):
        if uniqueid:
            told = {key: value for key, value in data.items() if value}
            self.facts.setdefault(uniqueid, []).append([self.at, kind, told])
            self.uniqueids.add(uniqueid)
        return self

    def link(self, *uniqueids):
        self.uniqueids.update(uniqueid for uniqueid in uniqueids if uniqueid)
        return self


def header(event, name):
    """The header as a text, '' where it is missing or says nothing; of a repeated one the first."""
    value = event.get(name, '')
    if isinstance(value, list):
        value = value[0] if value else ''
    text = str(value).strip().replace('\0', '')[:MAX_TEXT].encode('utf-8', 'replace').decode()
    return '' if text.lower() in _nothing else text


def time_of(event, now):
    """Unix seconds: when it happened on the PBX; ``now`` where the event does not tell."""
    for name in ('EventTime', 'Timestamp'):
        try:
            at = float(event.get(name))
        except (TypeError, ValueError):
            continue
        if 0 < at < 1e11:
            return at
    return now


def added(facts, more):
    """The set of both, as it is stored."""
    known = {_order(fact): fact for fact in facts or []}
    known.update((_order(fact), fact) for fact in more)
    facts = [known[key] for key in sorted(known)]
    kept, left = facts[:MAX_FACTS], facts[MAX_FACTS:]
    ends = [] if any(fact[1] == 'end' for fact in kept) else [fact for fact in left if fact[1] == 'end']
    return kept + ends[:1]


def new_channel(event, at):
    return _of_channel(event, at, 'new', number='CallerIDNum', caller='CallerIDName', exten='Exten')


def new_state(event, at):
    return _of_channel(event, at, 'state')


def hangup(event, at):
    return _of_channel(event, at, 'end', cause='Cause', text='Cause-txt')


def bridge_enter(event, at):
    return _of_channel(event, at, 'bridge', exten='Exten', type='BridgeType')


def queue_join(event, at):
    return _of_channel(event, at, 'queue', queue='Queue')


def user_answered(event, at):
    return _of_channel(event, at, 'answered')


def recording(event, at):
    return _of_channel(event, at, 'record', file='Value')


def originate_failure(event, at):
    return _of_channel(event, at, 'failed', reason='Reason')


def dial_begin(event, at):
    told = _of_dial(event, at, 'dial')
    source = {'name': header(event, 'Channel'), 'exten': header(event, 'Exten')}
    return told.fact(header(event, 'Uniqueid'), 'dials', **source)


def dial_end(event, at):
    return _of_dial(event, at, 'dialend', status=header(event, 'DialStatus'))


def blind_transfer(event, at):
    told = Told(at).link(*_uniqueids(event, 'Transferer'), *_uniqueids(event, 'Transferee'))
    if header(event, 'Result') in ('', 'Success'):
        told.fact(
            header(event, 'TransfererUniqueid'),
            'blind',
            name=header(event, 'TransfererChannel'),
            exten=header(event, 'Extension'),
        )
    return told


def attended_transfer(event, at):
    sides = ('OrigTransferer', 'SecondTransferer', 'Transferee', 'TransferTarget', 'LocalOne', 'LocalTwo')
    told = Told(at).link(*(uniqueid for side in sides for uniqueid in _uniqueids(event, side)))
    if header(event, 'Result') in ('', 'Success'):
        told.fact(
            header(event, 'OrigTransfererUniqueid'),
            'attended',
            name=header(event, 'OrigTransfererChannel'),
            target=header(event, 'TransferTargetUniqueid'),
            number=header(event, 'TransferTargetCallerIDNum') or header(event, 'DestApp'),
        )
    return told


def _of_channel(event, at, kind, **headers):
    """A fact of the event's own channel; ``headers`` says which ones it keeps, and as what."""
    told = Told(at).link(*_uniqueids(event))
    data = {key: header(event, name) for key, name in headers.items()}
    return told.fact(
        header(event, 'Uniqueid'),
        kind,
        name=header(event, 'Channel'),
        state=header(event, 'ChannelStateDesc') if kind in ('new', 'state') else '',
        **data,
    )


def _of_dial(event, at, kind, **data):
    """A fact of the channel that is dialled. An Originate dials without a channel of its own."""
    told = Told(at).link(*_uniqueids(event), *_uniqueids(event, 'Dest'))
    source = header(event, 'Uniqueid')
    name = header(event, 'DestChannel')
    return told.fact(header(event, 'DestUniqueid'), kind, name=name, source=source, **data)


def _uniqueids(event, side=''):
    return header(event, f'{side}Uniqueid'), header(event, f'{side}Linkedid')


def _order(fact):
    at, kind, data = fact
    return at, kind, json.dumps(data, sort_keys=True)
