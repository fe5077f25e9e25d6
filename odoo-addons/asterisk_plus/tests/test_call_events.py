from datetime import timedelta
from unittest.mock import patch

from odoo.tests import tagged

from ..tools.channel_facts import MAX_FACTS, added
from .call_sequences import CallCase, recorded

# What OdooPBX's users have in their databases: event, method, condition.
NO_LOCAL = "not event['Channel'].startswith('Local/')"
OLD_RULES = [
    ('Newchannel', 'on_ami_new_channel', f"{NO_LOCAL} and event['Uniqueid'] == event['Linkedid']"),
    ('Newchannel', 'on_ami_new_channel', f"{NO_LOCAL} and event['Uniqueid'] != event['Linkedid']"),
    (
        'Newstate',
        'on_ami_update_channel_state',
        "not (event['Channel'].startswith('Local/') or event['ChannelStateDesc'] not in ['Up'])",
    ),
    ('Hangup', 'on_ami_hangup', NO_LOCAL),
    ('OriginateResponse', 'on_ami_originate_response_failure', "event['Response'] == 'Failure'"),
]


@tagged('asterisk_plus')
class TestCallEvents(CallCase):
    def sequence(self, scenario):
        return next(one for one in recorded()['sequences'] if one['scenario'] == scenario)

    def calls(self):
        return self.env['asterisk_plus.call'].search([])

    def test_the_times_and_the_log_of_a_call(self):
        self.take(self.steps_of(self.sequence('direct')))
        call = self.calls()
        self.assertEqual(call.event_ids.mapped('kind'), ['start', 'ring', 'answer', 'end'])
        self.assertEqual(call.event_ids[2].text, f'{self.telephones["phone1"].user_id.name} answers')
        self.assertEqual(call.calling_number, '+12025550110')
        self.assertEqual(call.calling_name, 'Zoë Müller')
        self.assertEqual((call.called_number, call.queue), ('200', False))
        self.assertEqual(call.duration, self.duration_of('direct'))
        self.assertEqual(call.display_name, 'Zoë Müller → 200')

    def test_the_contact_is_found_by_the_number(self):
        country = {'country_id': self.env.ref('base.us').id}
        other = self.env['res.company'].create({'name': 'Other'})
        people = self.env['res.partner'].create(
            [
                {'name': 'Ada', 'phone': '(202) 555-0110', **country},
                {'name': 'Of another company', 'phone': '+1 202 555 0110', 'company_id': other.id, **country},
            ]
        )
        self.take(self.steps_of(self.sequence('direct')))
        call = self.calls()
        self.assertEqual(call.partner_id, people[0])
        call.partner_id = self.caller.partner_id
        self.take(self.steps_of(self.sequence('direct')))
        self.assertEqual(call.partner_id, self.caller.partner_id, 'chosen by hand')

    def test_a_contact_made_during_the_call_is_found(self):
        steps = self.steps_of(self.sequence('direct'))
        self.take(steps[:-3])
        self.assertTrue(self.calls().is_active)
        self.assertFalse(self.calls().partner_id)
        partner = self.env['res.partner'].create({'name': 'Ada', 'phone': '+12025550110'})
        self.take(steps[-3:])
        self.assertEqual(self.calls().partner_id, partner)

    def test_the_rules_of_odoopbx(self):
        self.env['asterisk_plus.event'].search([]).unlink()
        rules = {}
        for name, method, condition in OLD_RULES:
            values = {
                'name': name,
                'model': 'asterisk_plus.channel',
                'method': method,
                'condition': condition,
            }
            rule = self.env['asterisk_plus.event'].create(values)
            rules.setdefault(name, []).append((str(rule.id), compile(condition, name, 'eval')))
        for scenario in (
            'direct',
            'through-local',
            'busy',
            'unanswered',
            'cancelled',
            'outgoing',
            'click-answered',
        ):
            sequence = self.sequence(scenario)
            self.use_telephones(sequence['users'])
            with patch.object(type(self), 'rules', rules):
                savepoint = self.env.cr.savepoint()
                self.take(self.steps_of(sequence))
                call, expected = self.calls(), sequence['expected']
                self.assertEqual(
                    (call.direction, call.status, call.is_active),
                    (expected['direction'], expected['status'], False),
                    scenario,
                )
                savepoint.close(rollback=True)
                self.env.invalidate_all(flush=False)

    def test_a_call_in_progress(self):
        steps = self.steps_of(self.sequence('direct'))
        answer = next(index for index, (_rules, event) in enumerate(steps) if event['Event'] == 'DialEnd')
        self.take(steps[: answer - 1])
        call = self.calls()
        self.assertEqual((call.status, call.is_active, call.ended), ('progress', True, False))
        self.assertEqual(call.called_user_ids, self.telephones['phone1'].user_id)
        self.take(steps[answer : answer + 1])
        self.assertEqual((call.status, call.is_active), ('answered', True))
        self.assertEqual(call.answered_user_id, self.telephones['phone1'].user_id)

    def test_a_started_asterisk_has_no_calls_of_before(self):
        steps = self.steps_of(self.sequence('direct'))
        self.take(steps[:8])
        call = self.calls()
        self.assertTrue(call.is_active)
        servers = self.env['asterisk_plus.server'].with_user(self.agent)
        here = servers.with_context(asterisk_plus_server_id=self.server.id)
        at = float(steps[-1][1]['Timestamp']) + 100
        here.on_fully_booted({'Event': 'FullyBooted', 'EventTime': at, 'Uptime': '86400'})
        self.assertTrue(call.is_active, 'a mere login')
        here.on_fully_booted({'Event': 'FullyBooted', 'EventTime': at, 'Uptime': '10'})
        self.assertFalse(call.is_active)
        self.assertEqual(call.status, 'answered')
        self.assertLess(call.ended, self.server.booted_at)

    def test_an_active_call_that_says_nothing_for_a_day_is_over(self):
        self.take(self.steps_of(self.sequence('direct'))[:8])
        call = self.calls()
        self.env['asterisk_plus.call']._gc_lost_calls()
        self.assertTrue(call.is_active)
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE asterisk_plus_call SET write_date = write_date - interval '25 hours' WHERE id = %s",
            (call.id,),
        )
        self.env.invalidate_all()
        self.env['asterisk_plus.call']._gc_lost_calls()
        self.assertFalse(call.is_active)
        self.take(self.steps_of(self.sequence('direct'))[8:])
        self.assertEqual(call.duration, self.duration_of('direct'), 'a late Hangup counts')

    def duration_of(self, scenario):
        times = [
            float(event['Timestamp'])
            for event in self.sequence(scenario)['events']
            if event['Event'] in ('Newchannel', 'Hangup')
        ]
        return int(max(times) - min(times))

    def test_notes_survive_a_merge(self):
        steps = self.steps_of(self.sequence('direct'))
        first = [step for step in steps if step[1]['Event'] == 'Newchannel'][0]
        stray = {**first[1], 'Uniqueid': 'hq-stray', 'Linkedid': 'hq-stray'}
        self.take([first, (first[0], stray)])
        one, two = self.calls().sorted('id')
        one.notes, two.notes = 'one', 'two'
        self.take([(first[0], {**stray, 'Linkedid': first[1]['Uniqueid']})])
        self.assertEqual(self.calls(), one)
        self.assertEqual(one.notes, 'one\ntwo')

    def test_the_recorded_file_and_the_declined_call(self):
        event = self.sequence('declined')['events'][0]
        self.take(self.steps_of(self.sequence('declined')))
        rules = [rule for rule, _wanted in self.rules['VarSet']]
        value = '/var/spool/asterisk/monitor/a.wav'
        varset = {'Event': 'VarSet', 'Variable': 'MIXMONITOR_FILENAME', 'Value': value}
        same = {name: event[name] for name in ('Timestamp', 'Channel', 'Uniqueid', 'Linkedid')}
        self.take([(rules, {**same, **varset})])
        call = self.calls()
        self.assertEqual(call.channel_ids.filtered('recording_filename').recording_filename, value)
        self.assertEqual((call.status, call.reason), ('busy', 'Declined'))

    def test_what_says_nothing_or_too_much(self):
        rules = [rule for rule, _wanted in self.rules['Hangup']]
        self.take([(rules, {'Event': 'Hangup', 'Timestamp': '1'})])
        self.assertFalse(self.calls())
        nul = {
            'Event': 'Hangup',
            'Timestamp': '1',
            'Uniqueid': 'a\0b',
            'Channel': 'PJSIP/\ud800' + 'x' * 1000,
        }
        self.take([(rules, nul)])
        self.assertEqual(self.calls().channel_ids.uniqueid, 'ab')

    def test_facts_are_a_bounded_set(self):
        facts = [[float(at), 'state', {'state': 'Up'}] for at in range(MAX_FACTS * 2)]
        end = [float(MAX_FACTS * 3), 'end', {'cause': '16'}]
        forwards = added(added([], [*facts, end]), facts)
        backwards = added([end], facts[::-1])
        for at in range(0, len(facts), 100):
            backwards = added(backwards, facts[at : at + 100])
        self.assertEqual(forwards, backwards)
        self.assertEqual((len(forwards), forwards[-1]), (MAX_FACTS + 1, end))

    def test_a_retried_event_reacts_with_its_own_time(self):
        seen = []
        model = type(self.env['asterisk_plus.call'])
        with patch.object(model, '_react', lambda calls, at: seen.append((calls, at))):
            steps = self.steps_of(self.sequence('direct'))
            self.take(steps)
            [(call, at)] = seen
            self.take(steps[:1])
        self.assertEqual(call, self.calls())
        self.assertLess(abs(at - call.ended), timedelta(seconds=2))
        self.assertEqual(seen[1], (call, call.started))
