from odoo.tests import TransactionCase, new_test_user

PBX = 'acme_hq'
EPOCH = '1790000000-5f3a9c21'


class PbxCase(TransactionCase):
    """A PBX server with a door that nobody answers at, and one user of each group."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.server = cls.env['asterisk_plus.server'].create(
            {'name': 'hq', 'pbx': PBX, 'door_url': 'https://door.example.com', 'api_key': 'secret-key'}
        )
        cls.agent = cls.user_of('agent', 'asterisk_plus.group_pbx_server')
        cls.admin = cls.user_of('pbx_admin', 'asterisk_plus.group_pbx_admin')
        cls.caller = cls.user_of('caller', 'asterisk_plus.group_pbx_user')
        cls.stranger = cls.user_of('stranger', 'base.group_user')

    @classmethod
    def user_of(cls, login, groups):
        return new_test_user(cls.env, login=login, groups=groups)

    def handler(self, function, name='pbx_test_handler', model='res.partner'):
        """Makes the function a public method of the model, and a rule of it; returns the rule."""
        cls = self.registry[model]
        setattr(cls, name, function)
        self.addCleanup(lambda: name in vars(cls) and delattr(cls, name))
        return self.env['asterisk_plus.event'].create({'name': 'Cdr', 'model': model, 'method': name})

    def item(self, seq, *rules, epoch=EPOCH, **event):
        return {
            'epoch': epoch,
            'seq': seq,
            'at': 1790000000.25,
            'rules': [str(rule.id) for rule in rules],
            'event': {'Event': 'Cdr', 'UniqueID': f'hq-{seq}', **event},
        }

    def batch(self, *events, results=()):
        return {'v': 1, 'pbx': PBX, 'events': list(events), 'results': list(results)}

    def process(self, *events, results=(), user=None):
        servers = self.env['asterisk_plus.server'].with_user(user or self.agent)
        return servers.process_batch(self.batch(*events, results=results))

    def failures(self):
        return self.env['asterisk_plus.event_failure'].search([])

    def notifications(self):
        """Payloads of the notifications sent since the last look."""
        self.env.cr.precommit.run()
        messages = self.env['bus.bus'].search([('message', 'like', 'simple_notification')], order='id')
        payloads = [(row.channel, row.message) for row in messages]
        messages.unlink()
        return payloads
