from unittest.mock import patch

from odoo.exceptions import AccessError, ValidationError
from odoo.tests import tagged
from odoo.tools import mute_logger
from psycopg2 import errors

from ..tools.batch_guard import HandlerEndsTransaction
from .common import PBX, PbxCase
from .test_condition import fixture


def note(partners, event):
    partners.sudo().create({'name': event['UniqueID'], 'ref': 'pbx-test'})


@tagged('asterisk_plus')
class TestProcessBatch(PbxCase):
    def noted(self):
        return self.env['res.partner'].search([('ref', '=', 'pbx-test')], order='id').mapped('name')

    def test_an_empty_batch_probes(self):
        self.assertEqual(self.process(), {'v': 1, 'done': 0, 'duplicate': 0, 'skipped': [], 'failed': []})

    def test_runs_every_event_once_and_in_order(self):
        rule = self.handler(note)
        events = [self.item(seq, rule) for seq in (3, 1, 2)]
        self.assertEqual(self.process(*events)['done'], 3)
        self.assertEqual(self.noted(), ['hq-3', 'hq-1', 'hq-2'])

    def test_what_came_before_is_a_duplicate(self):
        rule = self.handler(note)
        self.process(self.item(1, rule), self.item(2, rule))
        answer = self.process(self.item(2, rule), self.item(3, rule))
        self.assertEqual((answer['done'], answer['duplicate']), (1, 1))
        self.assertEqual(self.noted(), ['hq-1', 'hq-2', 'hq-3'])

    def test_the_same_key_twice_in_one_batch_runs_once(self):
        rule = self.handler(note)
        answer = self.process(self.item(1, rule), self.item(1, rule))
        self.assertEqual((answer['done'], answer['duplicate']), (1, 1))

    def test_another_epoch_another_pbx_another_rule_are_other_keys(self):
        rule, other = self.handler(note), self.handler(note, 'pbx_test_other')
        self.process(self.item(1, rule))
        self.assertEqual(self.process(self.item(1, rule, other))['done'], 1)
        self.assertEqual(self.process(self.item(1, rule, epoch='1790000001-ffffffff'))['done'], 1)
        batch = {**self.batch(self.item(1, rule)), 'pbx': 'acme_branch'}
        self.assertEqual(
            self.env['asterisk_plus.server'].with_user(self.agent).process_batch(batch)['done'], 1
        )

    def test_a_seq_beyond_32_bits(self):
        self.assertEqual(self.process(self.item(2**40, self.handler(note)))['done'], 1)

    def test_a_failing_handler_fails_alone(self):
        rule = self.handler(note)
        broken = self.handler(lambda partners, event: event['Cause-txt'], 'pbx_test_broken')
        with mute_logger('odoo.addons.asterisk_plus.models.server_batch'):
            answer = self.process(self.item(1, rule), self.item(2, rule, broken), self.item(3, rule))
        self.assertEqual(answer['done'], 3)
        self.assertEqual(self.noted(), ['hq-1', 'hq-2', 'hq-3'])
        failure = self.failures()
        self.assertEqual(
            answer['failed'],
            [
                {
                    'epoch': failure.epoch,
                    'seq': 2,
                    'rule': str(broken.id),
                    'failure_id': failure.id,
                    'error': "KeyError: 'Cause-txt'",
                }
            ],
        )
        self.assertIn("event['Cause-txt']", failure.traceback)
        self.assertEqual((failure.server_id, failure.user_id), (self.server, self.agent))
        self.assertEqual(self.process(self.item(2, broken))['duplicate'], 1)

    def test_nothing_of_a_failing_handler_stays(self):
        def half(partners, event):
            note(partners, event)
            raise ValueError('half way')

        answer = self.process(self.item(1, self.handler(half)))
        self.assertEqual(answer['failed'][0]['error'], 'ValueError: half way')
        self.assertFalse(self.noted())

    def test_a_constraint_blames_the_handler_that_broke_it(self):
        rule = self.handler(note)

        def break_not_null(partners, event):
            country = partners.env.ref('base.be').sudo()
            country.code = None  # required: fails when it is flushed

        broken = self.handler(break_not_null, 'pbx_test_broken')
        with mute_logger('odoo.sql_db', 'odoo.addons.asterisk_plus.models.server_batch'):
            answer = self.process(self.item(1, rule), self.item(2, broken), self.item(3, rule))
        self.assertEqual([failed['seq'] for failed in answer['failed']], [2])
        self.assertEqual(self.noted(), ['hq-1', 'hq-3'])

    def test_a_swallowed_database_error_fails_alone(self):
        rule = self.handler(note)

        def swallow(partners, event):
            try:
                partners.env.cr.execute('SELECT 1 / 0')
            except errors.DivisionByZero:
                pass

        swallowing = self.handler(swallow, 'pbx_test_swallow')
        with mute_logger('odoo.sql_db', 'odoo.addons.asterisk_plus.models.server_batch'):
            answer = self.process(self.item(1, rule), self.item(2, swallowing), self.item(3, rule))
        self.assertEqual([failed['seq'] for failed in answer['failed']], [2])
        self.assertIn('transaction', answer['failed'][0]['error'])
        self.assertEqual(self.noted(), ['hq-1', 'hq-3'])

    def test_commit_and_rollback_are_refused(self):
        commit = self.handler(lambda partners, event: partners.env.cr.commit(), 'pbx_test_commit')
        rollback = self.handler(lambda partners, event: partners.env.cr.rollback(), 'pbx_test_rollback')
        before = vars(self.env.cr)['commit']
        with mute_logger('odoo.addons.asterisk_plus.models.server_batch'):
            answer = self.process(self.item(1, commit, rollback))
        for failed, name in zip(answer['failed'], ('commit', 'rollback'), strict=True):
            self.assertIn(HandlerEndsTransaction.__name__, failed['error'])
            self.assertIn(f'cr.{name}()', failed['error'])
        self.assertIs(vars(self.env.cr)['commit'], before, 'the cursor is as it was')
        self.assertNotIn('execute', vars(self.env.cr))

    def test_what_has_no_handler_is_skipped_with_the_reason(self):
        disabled = self.handler(note)
        disabled.is_enabled = False
        gone = self.handler(note, 'pbx_test_gone')
        lost = self.env['asterisk_plus.event'].create({'name': 'Cdr', 'model': 'no.such', 'method': 'x'})
        private = self.env['asterisk_plus.event'].create(
            {'name': 'Cdr', 'model': 'asterisk_plus.server', 'method': 'local_job'}
        )
        item = self.item(1, disabled, gone, lost, private)
        gone.unlink()
        item['rules'].append('fleet-rule')
        answer = self.process(item)
        self.assertEqual((answer['done'], answer['duplicate'], answer['failed']), (0, 0, []))
        reasons = {skip['rule']: skip['reason'] for skip in answer['skipped']}
        self.assertEqual(reasons[str(disabled.id)], 'the rule is disabled')
        self.assertEqual(reasons['fleet-rule'], 'there is no such rule')
        self.assertIn('no.such', reasons[str(lost.id)])
        self.assertIn('cannot be called remotely', reasons[str(private.id)])
        self.assertEqual(len(reasons), 5)

    def test_a_skipped_event_may_come_again(self):
        rule = self.handler(note)
        rule.is_enabled = False
        self.process(self.item(1, rule))
        rule.is_enabled = True
        self.assertEqual(self.process(self.item(1, rule))['done'], 1)

    def test_concurrency_errors_reach_odoos_retry(self):
        rule = self.handler(note)
        for error in (errors.SerializationFailure, errors.LockNotAvailable, errors.DeadlockDetected):

            def lose(partners, event, error=error):
                raise error('lost')

            losing = self.handler(lose, 'pbx_test_losing')
            for items in ([self.item(1, losing)], [self.item(1, rule), self.item(2, losing)]):
                with self.assertRaises(error), self.env.cr.savepoint():
                    self.process(*items)
            self.assertFalse(self.failures())

    def test_a_swallowed_serialization_failure_does_not_count_as_done(self):
        def swallow(partners, event):
            try:
                with partners.env.cr.savepoint():
                    partners.env.cr.execute("DO $$ BEGIN RAISE SQLSTATE '40001'; END $$")
            except Exception:
                pass

        with mute_logger('odoo.sql_db'):
            with self.assertRaises(errors.SerializationFailure), self.env.cr.savepoint():
                self.process(self.item(1, self.handler(swallow)))

    def test_each_handler_gets_its_own_copy(self):
        seen = []

        def spoil(partners, event):
            seen.append((event['UniqueID'], event['Variable'][:]))
            event.clear()

        first, second = self.handler(spoil), self.handler(spoil, 'pbx_test_second')
        self.process(self.item(1, first, second, Variable=['a=1']))
        self.assertEqual(seen, [('hq-1', ['a=1'])] * 2)

    def test_the_handlers_context_and_user(self):
        seen = []
        rule = self.handler(
            lambda partners, event: seen.append(
                (
                    partners.env.uid,
                    partners.env.context['asterisk_plus_server_id'],
                    partners.env.user.asterisk_server,
                )
            )
        )
        self.process(self.item(1, rule))
        self.assertEqual(seen, [(self.agent.id, self.server.id, self.server)])

    def test_what_postgresql_cannot_store_fails_alone(self):
        def fail(partners, event):
            raise ValueError(event['UserField'])

        rule = self.handler(fail)
        other = self.handler(note, 'pbx_test_2')
        answer = self.process(self.item(1, rule, UserField='a\0b\ud800c'), self.item(2, other))
        self.assertEqual(answer['done'], 1)
        self.assertEqual(answer['failed'][0]['error'], 'ValueError: a\ufffdb?c')

    def test_only_the_pbx_server_group(self):
        for user in (self.stranger, self.caller, self.admin):
            with self.assertRaises(AccessError):
                self.process(user=user)

    def test_a_malformed_batch_does_nothing(self):
        rule = self.handler(note)
        good = self.item(1, rule)
        bad_items = [
            {**good, 'epoch': 'short'},
            {**good, 'seq': 0},
            {**good, 'seq': True},
            {**good, 'at': 'now'},
            {**good, 'rules': [7]},
            {**good, 'event': {'Channel': 'x'}},
            'x',
        ]
        for bad in bad_items:
            with self.assertRaisesRegex(ValidationError, r'batch\.events\[1\]'):
                self.process(good, bad)
        for bad in ({}, {**self.batch(), 'v': 2}, {**self.batch(), 'pbx': 'Acme'}, None):
            with self.assertRaises(ValidationError):
                self.env['asterisk_plus.server'].with_user(self.agent).process_batch(bad)
        self.assertFalse(self.noted())

    def test_the_fixture_of_the_contract(self):
        batch = fixture('gateway-batch.json')
        self.assertEqual(batch['pbx'], PBX)
        answer = self.env['asterisk_plus.server'].with_user(self.agent).process_batch(batch)
        self.assertEqual(answer.keys(), fixture('gateway-answer.json').keys())

    def test_a_batch_takes_few_queries(self):
        """What the gateway itself asks of PostgreSQL does not grow with the batch."""
        rule = self.handler(lambda partners, event: None)
        self.process(self.item(1, rule))
        with patch.object(
            type(self.env.cr), 'execute', autospec=True, side_effect=type(self.env.cr).execute
        ) as spy:
            self.process(*(self.item(seq, rule) for seq in range(2, 102)))
            self.assertLess(spy.call_count, 15)
