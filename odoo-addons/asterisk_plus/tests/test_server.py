import json

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import tagged
from odoo.tools import file_open, mute_logger
from psycopg2 import IntegrityError

from .common import PBX, PbxCase
from .test_condition import fixture


@tagged('asterisk_plus')
class TestServer(PbxCase):
    def test_pbx_ids(self):
        create = self.env['asterisk_plus.server'].create
        for pbx in ('acme', 'Acme_hq', 'acme_h q', 'acme_hq_2', 'acme_'):
            with self.assertRaises(ValidationError, msg=pbx):
                create({'name': 'x', 'pbx': pbx})
        with self.assertRaises(IntegrityError), mute_logger('odoo.sql_db'), self.env.cr.savepoint():
            create({'name': 'x', 'pbx': PBX})

    def test_door_addresses(self):
        expected = 'https://door.example.com/app/asterisk_plus/agent'
        for url in ('https://door.example.com', 'https://door.example.com/', expected, expected + '/'):
            self.server.door_url = url
            self.assertEqual(self.server._door_address(), expected)
        for url in ('door.example.com', 'ftp://x', 'https://', 'https://x/?a=1'):
            with self.assertRaises(ValidationError, msg=url):
                self.server.door_url = url

    def test_the_agents_status(self):
        status = fixture('agent-status.json')
        servers = self.env['asterisk_plus.server'].with_user(self.agent)
        self.assertTrue(servers.update_agent_status(PBX, status))
        self.assertEqual(self.server.online, status['ami']['state'] == 'connected')
        self.assertEqual(self.server.agent_version, status['agentVersion'])
        self.assertEqual(self.server.rules_version, status['rulesVersion'] or False)
        self.assertEqual(json.loads(self.server.status), status)

    def test_an_older_status_changes_nothing(self):
        servers = self.env['asterisk_plus.server'].with_user(self.agent)
        newer = {
            'at': 1790000100,
            'ami': {'state': 'connected'},
            'refusedRules': [{'id': '7', 'message': 'no', 'column': 3}],
        }
        servers.update_agent_status(PBX, newer)
        servers.update_agent_status(PBX, {'at': 1790000000, 'ami': {'state': 'stopped'}})
        self.assertTrue(self.server.online)
        self.assertEqual(self.server.refused_rules, '7, column 3: no')

    def test_a_status_from_the_future_shuts_none_out(self):
        servers = self.env['asterisk_plus.server'].with_user(self.agent)
        servers.update_agent_status(PBX, {'at': 9000000000, 'ami': {'state': 'connected'}})
        servers.update_agent_status(PBX, {'at': 1790000000, 'ami': {'state': 'stopped'}})
        self.assertFalse(self.server.online)

    def test_the_status_of_an_unknown_pbx(self):
        servers = self.env['asterisk_plus.server'].with_user(self.agent)
        self.assertFalse(servers.update_agent_status('acme_nowhere', {'at': 1}))
        with self.assertRaises(ValidationError):
            servers.update_agent_status(PBX, 'fine')
        with self.assertRaises(AccessError):
            servers.with_user(self.admin).update_agent_status(PBX, {'at': 1})

    def test_buttons_send_jobs(self):
        server = self.server.with_user(self.admin)
        server.ping()
        server.asterisk_ping()
        server.reload_config()
        jobs = self.env['asterisk_plus.job'].search([], order='id')
        self.assertEqual(jobs.mapped('fun'), ['test.ping', 'asterisk.manager_action', 'agent.reload_config'])
        self.assertEqual(jobs.res_notify_uid, self.admin)
        with self.assertRaises(AccessError):
            self.server.with_user(self.caller).ping()

    def test_originate_call(self):
        servers = self.env['asterisk_plus.server'].with_user(self.admin)
        for choice in ({'exten': '101'}, {'channel': 'Local/9@x'}, {'context': 'international'}):
            with self.assertRaises(AccessError, msg=f'a user chooses {choice}'):
                servers.with_user(self.caller).originate_call('123', **choice)
        servers.originate_call('+49 (30) 123-45', exten='101')
        job = self.env['asterisk_plus.job'].search([])
        [action] = json.loads(job.body)['args']
        self.assertEqual((action['Channel'], action['Exten']), ('PJSIP/101', '+493012345'))
        self.assertEqual(action['Context'], 'from-internal')
        self.assertNotIn('Async', action, 'the answer tells how the call went')
        self.assertEqual(job.res_method, 'originate_call_response')
        for number, channel in (
            ('', 'PJSIP/1'),
            ('1,2', 'PJSIP/1'),
            ('1', ''),
            ('1', 'x'),
            ('1', 'Local/1\r\nX: y'),
        ):
            with self.assertRaises(UserError, msg=f'{number} {channel}'):
                servers.originate_call(number, channel=channel)
        with self.assertRaises(AccessError):
            servers.with_user(self.stranger).originate_call('1', exten='101')

    def test_a_neutralized_copy_cannot_dial(self):
        job = self.server.local_job('test.ping')
        self.env.flush_all()
        with file_open('asterisk_plus/data/neutralize.sql') as file:
            self.env.cr.execute(file.read())
        self.env.invalidate_all()
        self.assertFalse(self.server.api_key)
        self.assertFalse(self.server.door_url)
        self.assertEqual(job.state, 'cancelled')

    def test_the_server_of_a_user(self):
        self.assertEqual(self.caller.with_user(self.caller).asterisk_server, self.server, 'the only one')
        other = self.env['asterisk_plus.server'].create(
            {'name': 'b', 'pbx': 'acme_b', 'user_id': self.agent.id}
        )
        (self.caller | self.agent).invalidate_recordset()
        self.assertFalse(self.caller.with_user(self.caller).asterisk_server)
        self.assertEqual(self.agent.with_user(self.agent).asterisk_server, other)
        here = self.agent.with_user(self.agent).with_context(asterisk_plus_server_id=self.server.id)
        self.assertEqual(here.asterisk_server, self.server)
