from datetime import timedelta

from odoo import fields

from .common import PbxCase

NUMBER = '+12025550142'


class CallCase(PbxCase):
    """Calls as the handlers leave them behind; ``react`` is what a handler does last."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env['res.users'].search([]).flush_recordset()
        cls.telephone = cls.telephone_of(cls.caller, '101')
        cls.partner = cls.env['res.partner'].create({'name': 'Ada Lovelace', 'phone': NUMBER})
        cls.uniqueids = iter(range(1, 1000))

    @classmethod
    def telephone_of(cls, user, exten, **values):
        channel = {'name': f'PJSIP/{exten}'}
        return cls.env['asterisk_plus.user'].create(
            {
                'server_id': cls.server.id,
                'user_id': user.id,
                'exten': exten,
                'channel_ids': [(0, 0, channel)],
                **values,
            }
        )

    def call(self, **values):
        """An incoming call that rings at the caller's telephone."""
        uniqueid = f'1790000000.{next(self.uniqueids)}'
        call = self.env['asterisk_plus.call'].create(
            {
                'server_id': self.server.id,
                'key': f'{self.server.id}:{uniqueid}',
                'started': fields.Datetime.now() - timedelta(seconds=5),
                'direction': 'in',
                'calling_number': NUMBER,
                'called_number': '101',
                'called_user_ids': [(6, 0, self.caller.ids)],
                'partner_id': self.partner.id,
                **values,
            }
        )
        self.channel(call, uniqueid)
        return call

    def channel(self, call, uniqueid, **values):
        return self.env['asterisk_plus.channel'].create(
            {'server_id': self.server.id, 'call_id': call.id, 'uniqueid': uniqueid, **values}
        )

    def end(self, call, status, **values):
        call.write({'status': status, 'is_active': False, 'ended': fields.Datetime.now(), **values})
        return call

    def react(self, call, age=0):
        call._react(fields.Datetime.now() - timedelta(seconds=age))

    def told(self, kind):
        """(channel, payload) of what the web clients were told since the last look."""
        self.env.flush_all()
        self.env.cr.precommit.run()
        rows = self.env['bus.bus'].search([('message', 'like', f'"{kind}"')], order='id')
        told = [(row.channel, row.message) for row in rows]
        self.env['bus.bus'].search([]).unlink()
        return told
