import json

from odoo.exceptions import AccessError
from odoo.tests import tagged
from odoo.tools import mute_logger

from .common import PbxCase


@tagged('asterisk_plus')
class TestEventFailure(PbxCase):
    def setUp(self):
        super().setUp()
        self.state = state = {'broken': True, 'seen': []}

        def handle(partners, event):
            if state['broken']:
                partners.sudo().create({'name': 'half', 'ref': 'pbx-test'})
                raise ValueError('broken')
            state['seen'].append((partners.env.uid, event['UniqueID'], partners.env.su))

        self.rule = self.handler(handle)
        with mute_logger('odoo.addons.asterisk_plus.models.server_batch'):
            self.process(self.item(1, self.rule), self.item(2, self.rule))
        self.kept = self.failures().sorted('seq')

    def retry(self):
        return self.kept.with_user(self.admin).action_retry()

    def test_keeps_what_was_given(self):
        first = self.kept[0]
        self.assertEqual(json.loads(first.payload)['UniqueID'], 'hq-1')
        self.assertEqual((first.name, first.rule_id, first.state), ('Cdr', self.rule, 'failed'))
        self.assertIn('ValueError', first.traceback)

    def test_retry_runs_it_again_as_the_agent(self):
        self.state['broken'] = False
        notification = self.retry()
        self.assertEqual(self.kept.mapped('state'), ['solved', 'solved'])
        self.assertEqual(self.state['seen'], [(self.agent.id, 'hq-1', False), (self.agent.id, 'hq-2', False)])
        self.assertEqual(notification['params']['type'], 'success')

    def test_a_solved_one_is_not_run_again(self):
        self.state['broken'] = False
        self.retry()
        self.retry()
        self.assertEqual(len(self.state['seen']), 2)

    def test_a_retry_that_fails_leaves_nothing_behind(self):
        notification = self.retry()
        self.assertEqual(self.kept.mapped('state'), ['failed', 'failed'])
        self.assertEqual(self.kept.mapped('retries'), [1, 1])
        self.assertFalse(self.env['res.partner'].search([('ref', '=', 'pbx-test')]))
        self.assertEqual(notification['params']['type'], 'warning')

    def test_the_rules_method_of_today_applies(self):
        seen = []
        other = self.handler(lambda partners, event: seen.append(event['UniqueID']), 'pbx_test_other')
        self.rule.method = other.method
        self.retry()
        self.assertEqual(seen, ['hq-1', 'hq-2'])

    def test_without_the_rule_the_method_of_then_applies(self):
        self.rule.unlink()
        self.state['broken'] = False
        self.retry()
        self.assertEqual(self.kept.mapped('state'), ['solved', 'solved'])

    def test_dismiss(self):
        self.kept.with_user(self.admin).action_dismiss()
        self.assertEqual(self.kept.mapped('state'), ['dismissed', 'dismissed'])

    def test_only_admins(self):
        for user in (self.agent, self.caller, self.stranger):
            with self.assertRaises(AccessError):
                self.kept.with_user(user).action_retry()
            with self.assertRaises(AccessError):
                self.kept.with_user(user).read(['payload'])
