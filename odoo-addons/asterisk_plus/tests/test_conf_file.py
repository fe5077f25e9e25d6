import hashlib
import json

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import tagged
from odoo.tests.common import TransactionCase

from ..tools.config_answer import config_text, config_texts
from .common import PbxCase

REFUSED = {'error': {'code': 'JOB_REFUSED_BY_POLICY', 'message': 'This PBX does not allow it'}}


@tagged('asterisk_plus')
class TestConfigAnswer(TransactionCase):
    def test_by_the_bus_or_by_upload(self):
        uploaded = {'bytes': 3, 'sha256': 'x'}
        self.assertEqual(config_text('text', b''), 'text')
        self.assertEqual(config_text(uploaded, b'"text"'), 'text')
        self.assertEqual(config_texts({'a.conf': 'a', 'b.conf': None}, b''), {'a.conf': 'a', 'b.conf': None})
        self.assertEqual(config_texts(uploaded, b'{"a.conf": "a"}'), {'a.conf': 'a'})

    def test_what_is_refused(self):
        for read, result, uploaded in (
            (config_text, REFUSED, b''),
            (config_text, {'bytes': 3, 'sha256': 'x'}, b''),
            (config_text, {'bytes': 3, 'sha256': 'x'}, b'no json'),
            (config_text, 5, b''),
            (config_texts, 'text', b''),
            (config_texts, {'a.conf': 5}, b''),
            (config_texts, {'../a': 'a'}, b''),
        ):
            with self.assertRaises(ValueError):
                read(result, uploaded)


@tagged('asterisk_plus')
class TestConfFile(PbxCase):
    def setUp(self):
        super().setUp()
        self.files = self.env['asterisk_plus.conf_file'].with_user(self.admin)
        self.file = self.files.create({'server_id': self.server.id, 'name': 'pjsip.conf'})

    def job(self, fun):
        return json.loads(self.env['asterisk_plus.job'].search([('fun', '=', fun)], order='id')[-1].body)

    def answer(self, fun, result, user=None):
        body = self.job(fun)
        here = self.env[body['res_model']].with_user(user or self.agent)
        method = getattr(here.with_context(asterisk_plus_server_id=self.server.id), body['res_method'])
        done = method(result, body['pass_back'])
        self.file.invalidate_recordset()
        return done

    def get(self, text):
        self.file.get()
        self.answer('asterisk.get_config', text)

    def versions(self):
        return [(version.kind, version.content, version.user_id) for version in self.file.version_ids[::-1]]

    def test_got_edited_and_put(self):
        self.get('[101]\n')
        self.assertEqual((self.file.content, self.file.is_changed), ('[101]\n', False))
        self.file.content = '[101]\r\nallow = ulaw\r\n'
        self.assertEqual((self.file.content, self.file.is_changed), ('[101]\nallow = ulaw\n', True))
        self.file.put()
        body = self.job('asterisk.put_config')
        self.assertEqual(body['args'], ['pjsip.conf', '[101]\nallow = ulaw\n'])
        self.assertEqual(body['kwargs'], {'expected_sha256': hashlib.sha256(b'[101]\n').hexdigest()})
        self.assertTrue(self.file.is_changed, 'the PBX has not answered')
        self.answer('asterisk.put_config', {'name': 'pjsip.conf', 'changed': True})
        self.assertFalse(self.file.is_changed)
        self.assertEqual(
            self.versions(),
            [
                ('got', '[101]\n', self.admin),
                ('edited', '[101]\nallow = ulaw\n', self.admin),
                ('put', '[101]\nallow = ulaw\n', self.admin),
            ],
        )
        self.assertEqual(self.file.version_ids[1].diff, '@@ -1 +1,2 @@\n [101]\n+allow = ulaw')

    def test_what_was_edited_stays_in_the_history(self):
        self.get('old')
        self.file.content = 'mine'
        self.get('changed by hand')
        self.assertEqual((self.file.content, self.file.is_changed), ('changed by hand', False))
        mine = self.file.version_ids.filtered(lambda version: version.content == 'mine')
        mine.restore()
        self.assertEqual((self.file.content, self.file.is_changed), ('mine', True))

    def test_the_same_again_is_no_version(self):
        self.get('old')
        self.get('old')
        self.file.content = 'old'
        self.assertEqual(len(self.file.version_ids), 1)

    def test_a_refusal_is_shown(self):
        self.get('old')
        self.file.content = 'new'
        self.file.put()
        self.answer('asterisk.put_config', REFUSED)
        self.assertEqual(
            (self.file.error, self.file.is_changed), ('This PBX does not allow it', True)
        )
        self.assertEqual(len(self.notifications()), 1)

    def test_deleted_on_the_pbx_it_can_be_put_again(self):
        self.get('old')
        self.file.delete_on_pbx()
        self.answer('asterisk.delete_config', True)
        self.assertEqual((self.file.content, self.file.is_known, self.file.is_changed), ('old', False, True))
        self.file.put()
        self.assertEqual(self.job('asterisk.put_config')['kwargs'], {})

    def test_all_at_once(self):
        self.get('old')
        server = self.server.with_user(self.admin)
        server.get_all_configs()
        self.answer('asterisk.get_all_configs', {'pjsip.conf': 'new', 'pjsip.d/a.conf': 'a', 'odd.conf': None})
        found = {file.name: file for file in server.conf_file_ids}
        self.assertEqual((found['pjsip.conf'].content, found['pjsip.d/a.conf'].content), ('new', 'a'))
        self.assertTrue(found['odd.conf'].error)
        self.assertEqual(server.conf_file_count, 3)
        server.get_all_configs()
        self.answer('asterisk.get_all_configs', {'pjsip.conf': 'new'})
        self.assertEqual((found['pjsip.conf'].is_known, found['pjsip.d/a.conf'].is_known), (True, False))
        server.get_all_configs()
        self.answer('asterisk.get_all_configs', REFUSED)
        self.assertEqual(found['pjsip.conf'].content, 'new')
        found['pjsip.conf'].content = 'edited'
        server.put_changed_configs()
        self.assertEqual(self.job('asterisk.put_config')['args'][0], 'pjsip.d/a.conf')

    def test_a_reload_that_the_pbx_refuses_is_explained(self):
        self.server.with_user(self.admin).reload_asterisk()
        body = self.job('asterisk.manager_action')
        self.assertEqual(body['args'], [{'Action': 'Reload'}])
        self.answer('asterisk.manager_action', [{'Response': 'Error', 'Message': 'This PBX does not allow Reload'}])
        [(_channel, message)] = self.notifications()
        self.assertIn('policy.actions', message)
        self.answer('asterisk.manager_action', [{'Response': 'Success', 'Message': 'Module Reloaded'}])
        [(_channel, message)] = self.notifications()
        self.assertIn('Module Reloaded', message)

    def test_only_admins(self):
        for user in (self.caller, self.stranger, self.agent):
            for deed in ('get', 'put', 'delete_on_pbx', 'read'):
                with self.assertRaises(AccessError):
                    getattr(self.file.with_user(user), deed)()
            for deed in ('get_all_configs', 'put_changed_configs', 'reload_asterisk', 'action_conf_files'):
                with self.assertRaises(AccessError):
                    getattr(self.server.with_user(user), deed)()

    def test_only_the_agent_may_answer(self):
        self.file.get()
        with self.assertRaises(AccessError):
            self.answer('asterisk.get_config', 'text', user=self.admin)
        body = self.job('asterisk.get_config')
        other = self.env['asterisk_plus.server'].create({'name': 'other', 'pbx': 'other_hq'})
        here = self.env['asterisk_plus.conf_file'].with_user(self.agent)
        with self.assertRaises(UserError):
            here.with_context(asterisk_plus_server_id=other.id).on_get('text', body['pass_back'])

    def test_names_and_sizes(self):
        for name in ('pjsip.txt', '../pjsip.conf', '/etc/pjsip.conf', 'a//b.conf', '.conf/a.conf'):
            with self.assertRaises(ValidationError):
                self.files.create({'server_id': self.server.id, 'name': name})
        with self.assertRaises(ValidationError):
            self.file.content = 'x' * 800_001

    def test_the_address_that_recordings_are_sent_to(self):
        self.assertEqual(
            self.server._odoo_address(), self.env['ir.config_parameter'].get_param('web.base.url').rstrip('/')
        )
        self.server.odoo_url = 'https://odoo.example.com/'
        self.assertEqual(self.server._odoo_address(), 'https://odoo.example.com')
        with self.assertRaises(ValidationError):
            self.server.odoo_url = 'http://odoo.example.com'
