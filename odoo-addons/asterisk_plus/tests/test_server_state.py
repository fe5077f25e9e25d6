from datetime import timedelta
from unittest.mock import patch

from odoo import fields
from odoo.tests import tagged

from .common import PBX, PbxCase


@tagged('asterisk_plus')
class TestServerState(PbxCase):
    def hear(self, ami_state='connected', at=1790000000):
        servers = self.env['asterisk_plus.server'].with_user(self.agent)
        servers.update_agent_status(PBX, {'at': at, 'ami': {'state': ami_state}})

    def later(self, **delta):
        """As it is computed then."""
        self.server.invalidate_recordset()
        now = fields.Datetime.now() + timedelta(**delta)
        return patch.object(fields.Datetime, 'now', lambda: now)

    def states(self):
        return (self.server.agent_state, self.server.online)

    def found(self, value):
        return self.server in self.env['asterisk_plus.server'].search([('online', '=', value)])

    def test_never_seen(self):
        self.assertEqual(self.states(), ('never_seen', False))
        self.assertFalse(self.server.last_seen_ago)
        self.assertTrue(self.found(False))
        self.assertFalse(self.found(True))

    def test_silence_is_offline(self):
        self.hear()
        self.assertEqual(self.states(), ('online', True))
        with self.later(minutes=2, seconds=55):
            self.assertEqual(self.states(), ('online', True))
            self.assertTrue(self.found(True))
            self.assertFalse(self.found(False))
        with self.later(minutes=3, seconds=5):
            self.assertEqual(self.states(), ('offline', False))
            self.assertTrue(self.found(False))
            self.assertFalse(self.found(True))
            self.assertEqual(self.server.last_seen_ago, '3 minutes ago')

    def test_without_asterisk(self):
        self.hear('refused')
        self.assertEqual(self.states(), ('no_asterisk', False))
        self.assertTrue(self.found(False))

    def test_a_clock_put_back(self):
        self.hear()
        with self.later(hours=-1):
            self.assertEqual(self.states(), ('online', True))
            self.assertNotIn('in ', self.server.last_seen_ago)

    def test_a_pbx_whose_clock_is_slow_is_online(self):
        self.hear(at=1000000000)
        self.assertTrue(self.server.online)
