from hashlib import sha256

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from .common import PbxCase


@tagged('asterisk_plus')
class TestKeys(PbxCase):
    def new_key(self, method):
        action = getattr(self.server.with_user(self.admin), method)()
        return self.env[action['res_model']].with_user(self.admin).browse(action['res_id'])

    def test_a_new_api_key(self):
        new = self.new_key('action_new_api_key')
        key = new.key
        self.assertGreaterEqual(len(key), 43)
        self.assertEqual(new.sha256, sha256(key.encode()).hexdigest())
        self.assertEqual(self.server.api_key, 'secret-key', 'not before it is used')
        new.action_use()
        self.assertEqual(self.server.api_key, key)
        self.assertEqual(self.server.with_user(self.admin).api_key_sha256, sha256(key.encode()).hexdigest())
        self.assertFalse(new.key, 'shown once')
        with self.assertRaises(UserError):
            new.action_use()

    def test_of_the_lookup_key_the_hash_is_kept(self):
        new = self.new_key('action_new_lookup_key')
        key = new.key
        new.action_use()
        self.assertEqual(self.server.lookup_key_sha256, sha256(key.encode()).hexdigest())
        self.assertEqual(self.server.api_key, 'secret-key')

    def test_keys_are_never_the_same(self):
        self.assertNotEqual(self.new_key('action_new_api_key').key, self.new_key('action_new_api_key').key)

    def test_who_made_the_key_sees_it_alone(self):
        new = self.new_key('action_new_api_key')
        other = self.user_of('other_pbx_admin', 'asterisk_plus.group_pbx_admin')
        for deed in (lambda: new.with_user(other).read(['key']), lambda: new.with_user(other).action_use()):
            with self.assertRaises(AccessError):
                deed()
        self.assertFalse(new.with_user(other).search([]))

    def test_admins_alone_make_keys(self):
        for user in (self.caller, self.agent, self.stranger):
            with self.assertRaises(AccessError):
                self.server.with_user(user).action_new_api_key()

    def test_the_job_url(self):
        server = self.server.with_user(self.admin)
        self.assertEqual(server.job_url, 'https://door.example.com/app/asterisk_plus/agent')
        server.door_url = False
        self.assertFalse(server.job_url)
