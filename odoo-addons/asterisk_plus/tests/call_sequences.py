"""Calls as a real Asterisk told them, recorded with real SIP phones by test/support/calls/record-calls.ts."""

import gzip
import json
from functools import lru_cache
from pathlib import Path

from odoo.tests import new_test_user

from ..tools.channel_facts import Told
from .common import EPOCH, PbxCase

FIXTURE = Path(__file__).parent / 'fixtures' / 'calls.json.gz'

CALL_FIELDS = (
    'key', 'started', 'answered', 'ended', 'duration', 'talk_time', 'ring_time', 'direction', 'status',
    'is_active', 'reason', 'calling_number', 'calling_name', 'called_number', 'calling_user_id', 'called_user_ids',
    'answered_user_id', 'partner_id', 'res_model', 'res_id', 'queue', 'is_transferred', 'transfer_info',
)  # fmt: skip
CHANNEL_FIELDS = (
    'uniqueid', 'facts', 'name', 'created', 'answered', 'ended', 'user_id', 'hangup_cause',
    'recording_filename',
)  # fmt: skip


@lru_cache(maxsize=1)
def recorded():
    return json.loads(gzip.decompress(FIXTURE.read_bytes()))


class CallCase(PbxCase):
    """The lab's two telephones belong to two users."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.server.company_id.country_id = cls.env.ref('base.us')
        cls.telephones = {}
        for endpoint, exten in (('phone1', '200'), ('phone2', '201')):
            user = new_test_user(cls.env, login=f'at_{endpoint}', groups='asterisk_plus.group_pbx_user')
            cls.telephones[endpoint] = cls.env['asterisk_plus.user'].create(
                {
                    'server_id': cls.server.id,
                    'user_id': user.id,
                    'exten': exten,
                    'channel_ids': [(0, 0, {'name': f'PJSIP/{endpoint}'})],
                }
            )
        cls.rules = {}
        for rule in cls.env['asterisk_plus.event'].search([('model', 'like', 'asterisk_plus.%')]):
            wanted = compile(rule.condition or 'True', rule.name, 'eval')
            cls.rules.setdefault(rule.name, []).append((str(rule.id), wanted))
        cls.seq = 0

    def use_telephones(self, endpoints):
        """Only these are users' telephones; the other one plays the outside world."""
        for endpoint, telephone in self.telephones.items():
            telephone.active = endpoint in endpoints
        self.env.flush_all()

    def steps_of(self, sequence):
        """(rules, event) of what reaches Odoo; of a click also Odoo's own note, which no rule brings."""
        steps = []
        for event in sequence['events']:
            # S307: the conditions that this addon ships, which are Python.
            rules = [
                rule for rule, wanted in self.rules.get(event['Event'], ()) if eval(wanted, {'event': event})
            ]  # noqa: S307
            if rules:
                steps.append((rules, event))
        if sequence['scenario'].startswith('click-'):
            steps.insert(0, ([], sequence['events'][0]))
        return steps

    def take(self, steps):
        """Delivers the steps in one batch, as the agent's user does."""
        servers = self.env['asterisk_plus.server'].with_user(self.agent)
        items = []
        for rules, event in steps:
            if not rules:
                self.click(event)
                continue
            type(self).seq += 1
            at = float(event['Timestamp'])
            items.append({'epoch': EPOCH, 'seq': self.seq, 'at': at, 'rules': rules, 'event': event})
        answer = servers.process_batch(self.batch(*items))
        self.assertEqual((answer['failed'], answer['skipped'], answer['duplicate']), ([], [], 0))

    def click(self, event):
        """What Odoo notes when it asks for this first channel of a call."""
        told = Told(float(event['Timestamp']) - 0.1)
        user = str(self.telephones['phone1'].user_id.id)
        self.server._note_call(told.fact(event['Uniqueid'], 'originate', uid=user, number='+12025550100'))

    def snapshot(self):
        """All records there are, without their ids."""
        self.env.flush_all()
        self.env.invalidate_all()
        calls = self.env['asterisk_plus.call'].search([], order='key')
        return [
            {
                'call': _values(call, CALL_FIELDS),
                'channels': [_values(one, CHANNEL_FIELDS) for one in call.channel_ids.sorted('uniqueid')],
                'log': [(row.at, row.kind, row.text) for row in call.event_ids],
            }
            for call in calls
        ]


def _values(record, names):
    values = {name: record[name] for name in names}
    return {name: sorted(value.ids) if hasattr(value, 'ids') else value for name, value in values.items()}
