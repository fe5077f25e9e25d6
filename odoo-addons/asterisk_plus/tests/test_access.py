from odoo.exceptions import AccessError
from odoo.service.model import call_kw
from odoo.tests import tagged

from ..tools.rpc import refuse_rpc
from .common import PbxCase

@tagged('asterisk_plus')
class TestAccess(PbxCase):
    def test_the_api_key_is_for_admins(self):
        secrets = ('api_key', 'api_key_sha256', 'job_url', 'lookup_key_sha256')
        for user in (self.agent, self.caller):
            server = self.server.with_user(user)
            for name in secrets:
                self.assertNotIn(name, server.fields_get())
                with self.assertRaises(AccessError):
                    server.read([name])
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
        servers = self.env['asterisk_plus.server'].with_user(self.admin)
        # The context is the caller's to choose.
        context = {'asterisk_plus_server_id': other.id}
        with self.assertRaisesRegex(AccessError, 'another company'):
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
