from odoo.exceptions import AccessError, ValidationError
from odoo.tests import tagged

from .common import PbxCase

OTHER = 'other_hq'


class CompaniesCase(PbxCase):
    """Two companies with a PBX each in one database, one admin each."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company = cls.env['res.company'].create({'name': 'Other'})
        cls.other_server = cls.env['asterisk_plus.server'].create(
            {
                'name': 'other',
                'pbx': OTHER,
                'company_id': cls.company.id,
                'door_url': 'https://door.example.com',
                'api_key': 'other-key',
            }
        )
        cls.other_admin = cls.user_of('other_admin', 'asterisk_plus.group_pbx_admin')
        cls.other_admin.write({'company_ids': [(6, 0, cls.company.ids)], 'company_id': cls.company.id})
        cls.portal = cls.user_of('pbx_portal', 'base.group_portal')

    def seen(self, model, user):
        return self.env[model].with_user(user).search([])


@tagged('asterisk_plus')
class TestCompanies(CompaniesCase):
    def test_servers(self):
        self.assertIn(self.server, self.seen('asterisk_plus.server', self.admin))
        self.assertNotIn(self.other_server, self.seen('asterisk_plus.server', self.admin))
        self.assertEqual(self.seen('asterisk_plus.server', self.other_admin), self.other_server)
        for deed in ('action_test', 'ping', 'action_new_api_key', 'action_new_lookup_key', 'reload_config'):
            with self.assertRaises(AccessError, msg=deed):
                getattr(self.other_server.with_user(self.admin), deed)()

    def test_only_its_own_agent_tells_of_a_pbx(self):
        self.other_server.user_id = self.user_of('other_agent', 'asterisk_plus.group_pbx_server')
        servers = self.env['asterisk_plus.server']
        batch = {**self.batch(), 'pbx': OTHER}
        with self.assertRaisesRegex(AccessError, 'Another user'):
            servers.with_user(self.agent).process_batch(batch)
        with self.assertRaisesRegex(AccessError, 'Another user'):
            servers.with_user(self.agent).update_agent_status(OTHER, {'at': 1})
        servers.with_user(self.other_server.user_id).process_batch(batch)
        # The context is a remote caller's to choose.
        here = self.env['res.users'].with_user(self.agent).with_context(
            asterisk_plus_server_id=self.other_server.id
        )
        with self.assertRaises(AccessError):
            here.env['asterisk_plus.server'].on_all_configs({}, {})
        with self.assertRaises(ValidationError):
            here.env['asterisk_plus.channel'].on_ami_hangup({'Event': 'Hangup', 'Uniqueid': '1.1'})

    def test_events_of_an_archived_pbx_are_no_other_ones(self):
        self.other_server.unlink()
        self.server.active = False
        left = self.server.copy({'pbx': 'acme_left', 'active': True})
        rule = self.env['asterisk_plus.event'].create(
            {'name': 'Hangup', 'model': 'asterisk_plus.channel', 'method': 'on_ami_hangup'}
        )
        self.process(self.item(1, rule, Event='Hangup', Uniqueid='1.1', Channel='PJSIP/1-1', Cause='16'))
        self.assertFalse(self.env['asterisk_plus.call'].search([('server_id', '=', left.id)]))
        self.assertEqual(self.failures().method, 'on_ami_hangup')

    def test_jobs(self):
        mine, others = self.server.local_job('test.ping'), self.other_server.local_job('test.ping')
        self.assertIn(mine, self.seen('asterisk_plus.job', self.admin))
        self.assertNotIn(others, self.seen('asterisk_plus.job', self.admin))
        self.assertEqual(self.seen('asterisk_plus.job', self.other_admin), others)
        with self.assertRaises(AccessError):
            others.with_user(self.admin).action_cancel()

    def test_failures_stay_their_companys_when_the_server_is_gone(self):
        rule = self.handler(lambda records, event: 1 // 0)
        batch = {**self.batch(self.item(1, rule)), 'pbx': OTHER}
        self.env['asterisk_plus.server'].with_user(self.agent).process_batch(batch)
        failure = self.failures()
        self.assertEqual(failure.company_id, self.company)
        self.other_server.unlink()
        failure.invalidate_recordset()
        self.assertFalse(failure.server_id)
        self.assertEqual(self.seen('asterisk_plus.event_failure', self.other_admin), failure)
        self.assertFalse(self.seen('asterisk_plus.event_failure', self.admin))

    def test_an_unknown_pbx_is_of_the_company_of_its_agent(self):
        rule = self.handler(lambda records, event: 1 // 0)
        batch = {**self.batch(self.item(1, rule)), 'pbx': 'acme_unknown'}
        self.env['asterisk_plus.server'].with_user(self.agent).process_batch(batch)
        self.assertEqual(self.failures().company_id, self.agent.company_id)
        self.assertFalse(self.seen('asterisk_plus.event_failure', self.other_admin))

    def test_people(self):
        users = self.env['asterisk_plus.user'].create(
            [
                {'server_id': self.server.id, 'user_id': self.caller.id, 'exten': '101'},
                {'server_id': self.other_server.id, 'user_id': self.other_admin.id, 'exten': '101'},
            ]
        )
        self.assertEqual(self.seen('asterisk_plus.user', self.caller), users[0])
        self.assertEqual(self.seen('asterisk_plus.user', self.other_admin), users[1])

    def test_a_portal_user_sees_nothing(self):
        for model in ('server', 'job', 'event', 'event_failure', 'user', 'call'):
            with self.assertRaises(AccessError, msg=model):
                self.seen(f'asterisk_plus.{model}', self.portal)


@tagged('asterisk_plus')
class TestRulesOfCompanies(CompaniesCase):
    def test_a_rule_is_for_the_pbxs_of_its_company(self):
        rule = self.handler(lambda records, event: None)
        rule.company_id = self.company
        [skipped] = self.process(self.item(1, rule))['skipped']
        self.assertEqual(skipped['reason'], 'the rule is for another company')
        batch = {**self.batch(self.item(1, rule)), 'pbx': OTHER}
        answer = self.env['asterisk_plus.server'].with_user(self.agent).process_batch(batch)
        self.assertEqual((answer['done'], answer['skipped']), (1, []))

    def test_who_sees_one_company_changes_no_rule_of_all(self):
        rules = self.env['asterisk_plus.event']
        values = {'name': 'Cdr', 'model': 'res.partner', 'method': 'search_count'}
        for_all = rules.create(values)
        self.assertFalse(for_all.company_id)
        mine = rules.with_user(self.admin).create(values)
        self.assertEqual(mine.company_id, self.admin.company_id)
        self.assertFalse(mine.with_user(self.other_admin).search([('id', '=', mine.id)]))
        refused = (
            lambda: for_all.with_user(self.admin).write({'is_enabled': False}),
            lambda: for_all.with_user(self.admin).unlink(),
            lambda: mine.write({'company_id': False}),
            lambda: rules.with_user(self.admin).create({**values, 'company_id': False}),
            lambda: rules.with_user(self.admin).create({**values, 'company_id': self.company.id}),
        )
        for deed in refused:
            with self.assertRaises(AccessError), self.env.cr.savepoint():
                deed()
        mine.is_enabled = False

    def test_who_sees_all_companies_changes_rules_of_all(self):
        self.admin.company_ids = [(4, self.company.id)]
        values = {'name': 'Cdr', 'model': 'res.partner', 'method': 'search_count'}
        rule = self.env['asterisk_plus.event'].with_user(self.admin).create(values)
        self.assertFalse(rule.company_id)
        rule.is_enabled = False
        rule.unlink()
