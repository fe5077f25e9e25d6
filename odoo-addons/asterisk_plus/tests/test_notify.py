from odoo.exceptions import AccessError
from odoo.tests import tagged

from .common import PbxCase


@tagged('asterisk_plus')
class TestNotify(PbxCase):
    def notify(self, sender, *args, **kwargs):
        return self.env['res.users'].with_user(sender).asterisk_plus_notify(*args, **kwargs)

    def test_oneself(self):
        self.assertTrue(self.notify(self.stranger, 'Hello'))
        [(channel, message)] = self.notifications()
        self.assertIn(str(self.stranger.partner_id.id), channel)
        self.assertIn('"PBX"', message)
        self.assertIn('"info"', message)

    def test_the_agent_notifies_others(self):
        self.notify(self.agent, 'Busy', 'Call', uid=self.caller.id, warning=True, sticky=True)
        [(channel, message)] = self.notifications()
        self.assertIn(str(self.caller.partner_id.id), channel)
        for part in ('"Busy"', '"Call"', '"warning"', 'true'):
            self.assertIn(part, message)

    def test_ordinary_users_do_not(self):
        for sender in (self.stranger, self.caller):
            with self.assertRaises(AccessError):
                self.notify(sender, 'You won!', uid=self.admin.id)

    def test_portal_users_get_none(self):
        portal = self.user_of('portal_user', 'base.group_portal')
        self.notify(self.agent, 'Hello', uid=portal.id)
        self.notify(portal, 'Hello')
        self.assertFalse(self.notifications())

    def test_markup_travels_as_text(self):
        """The web client shows a string as text; nothing here says that it is HTML."""
        self.notify(self.agent, '<img src=x onerror=alert(1)>', uid=self.caller.id)
        [(_channel, message)] = self.notifications()
        self.assertNotIn('message_is_html', message)
