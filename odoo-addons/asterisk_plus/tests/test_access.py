from odoo.exceptions import AccessError
from odoo.service.model import call_kw
from odoo.tests import tagged

from ..tools.rpc import refuse_rpc
from .common import PbxCase

READERS = {
    'asterisk_plus.server': ('agent', 'caller', 'admin'),
    'asterisk_plus.event': ('agent', 'admin'),
    'asterisk_plus.job': ('admin',),
    'asterisk_plus.event_failure': ('admin',),
    'asterisk_plus.processed_item': (),
    'asterisk_plus.console_session': ('admin',),
}


@tagged('asterisk_plus')
class TestAccess(PbxCase):
    def test_who_reads_what(self):
        users = {name: getattr(self, name) for name in ('agent', 'caller', 'admin', 'stranger')}
        for model, readers in READERS.items():
            for name, user in users.items():
                records = self.env[model].with_user(user)
                self.assertEqual(records.has_access('read'), name in readers, f'{name} reads {model}')

    def test_only_admins_write(self):
        for model in READERS:
            for user in (self.agent, self.caller, self.stranger):
                for operation in ('write', 'create', 'unlink'):
                    self.assertFalse(
                        self.env[model].with_user(user).has_access(operation), (model, operation)
                    )

    def test_the_api_key_is_for_admins(self):
        for user in (self.agent, self.caller):
            server = self.server.with_user(user)
            self.assertNotIn('api_key', server.fields_get())
            with self.assertRaises(AccessError):
                server.read(['api_key'])
        self.assertEqual(self.server.with_user(self.admin).api_key, 'secret-key')

    def test_servers_of_other_companies(self):
        company = self.env['res.company'].create({'name': 'Other'})
        other = self.env['asterisk_plus.server'].create(
            {'name': 'o', 'pbx': 'other_hq', 'company_id': company.id}
        )
        seen = self.env['asterisk_plus.server'].with_user(self.admin).search([])
        self.assertNotIn(other, seen)
        self.assertIn(self.server, seen)

    def test_calls_by_servers_of_other_companies(self):
        company = self.env['res.company'].create({'name': 'Other'})
        other = self.server.copy({'pbx': 'other_hq', 'company_id': company.id, 'api_key': 'other-key'})
        servers = self.env['asterisk_plus.server'].with_user(self.caller)
        # The context is the caller's to choose.
        context = {'asterisk_plus_server_id': other.id}
        with self.assertRaises(AccessError):
            call_kw(servers, 'originate_call', ['1'], {'exten': '101', 'context': context})
        self.assertFalse(self.env['asterisk_plus.job'].search([]))

    def test_failures_of_other_companies(self):
        company = self.env['res.company'].create({'name': 'Other'})
        other = self.server.copy({'pbx': 'other_hq', 'company_id': company.id})
        failure = self.env['asterisk_plus.event_failure'].create(
            {'kind': 'event', 'server_id': other.id, 'user_id': self.agent.id, 'payload': '{}'}
        )
        for name in ('action_retry', 'action_dismiss'):
            with self.assertRaises(AccessError, msg=name):
                call_kw(failure.with_user(self.admin), name, [[failure.id]], {})
        self.assertEqual(failure.state, 'failed')

    def test_jobs_cannot_be_sent_over_rpc(self):
        for name in ('local_job', 'ami_action'):
            with self.assertRaises(AccessError):
                call_kw(self.server.with_user(self.admin), name, [[self.server.id], 'test.ping'], {})

    def test_the_guard_for_odoo_17(self):
        class Model:
            _name = 'some.model'

            @refuse_rpc
            def job(self):
                return 'done'

        rpc = {'__name__': 'odoo.api'}
        exec('def call(model):\n    return model.job()', rpc)  # noqa: S102 stands for odoo.api.call_kw
        self.assertEqual(Model().job(), 'done')
        with self.assertRaises(AccessError):
            rpc['call'](Model())

    def test_the_agents_api_key_lives_long(self):
        self.assertGreaterEqual(self.env.ref('asterisk_plus.group_pbx_server').api_key_duration, 365)
