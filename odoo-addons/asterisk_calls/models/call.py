from odoo import api, fields, models

DISPOSITIONS = [
    ('ANSWERED', 'Answered'),
    ('NO ANSWER', 'No answer'),
    ('BUSY', 'Busy'),
    ('FAILED', 'Failed'),
    ('CONGESTION', 'Congestion'),
]


class Call(models.Model):
    """One Cdr of Asterisk. A call over Local channels has several."""

    _name = 'asterisk_calls.call'
    _description = 'Call record'
    _order = 'started desc, id desc'
    _rec_name = 'uniqueid'

    server_id = fields.Many2one(
        'asterisk_plus.server', string='PBX', readonly=True, ondelete='set null', index=True
    )
    accountcode = fields.Char(string='Account', readonly=True)
    src = fields.Char(string='From', readonly=True, index=True)
    dst = fields.Char(string='To', readonly=True, index=True)
    dcontext = fields.Char(string='Context', readonly=True)
    clid = fields.Char(string='Caller ID', readonly=True)
    channel = fields.Char(readonly=True)
    dstchannel = fields.Char(string='Destination channel', readonly=True)
    lastapp = fields.Char(string='Last application', readonly=True)
    lastdata = fields.Char(string='Last data', readonly=True)
    started = fields.Datetime(readonly=True, index=True)
    answered = fields.Datetime(readonly=True)
    ended = fields.Datetime(readonly=True)
    duration = fields.Integer(string='Seconds', readonly=True)
    billsec = fields.Integer(string='Talk seconds', readonly=True)
    disposition = fields.Selection(DISPOSITIONS, readonly=True, index=True)
    amaflags = fields.Char(string='AMA flags', readonly=True)
    uniqueid = fields.Char(readonly=True, index=True)
    linkedid = fields.Char(readonly=True, index=True)
    userfield = fields.Char(readonly=True)

    @api.model
    def create_cdr(self, event):
        get = event.get
        disposition = get('Disposition')
        self.create(
            {
                'server_id': self.env.user.asterisk_server.id,
                'accountcode': get('AccountCode'),
                'src': get('Source'),
                'dst': get('Destination'),
                'dcontext': get('DestinationContext'),
                'clid': get('CallerID'),
                'channel': get('Channel'),
                'dstchannel': get('DestinationChannel'),
                'lastapp': get('LastApplication'),
                'lastdata': get('LastData'),
                # Asterisk writes the PBX's local time; the agent adds the same in UTC, as Odoo wants it.
                'started': get('StartTimeUTC') or get('StartTime') or False,
                'answered': get('AnswerTimeUTC') or get('AnswerTime') or False,
                'ended': get('EndTimeUTC') or get('EndTime') or False,
                'duration': get('Duration'),
                'billsec': get('BillableSeconds'),
                'disposition': disposition if disposition in dict(DISPOSITIONS) else False,
                'amaflags': get('AMAFlags'),
                'uniqueid': get('UniqueID') or get('Uniqueid'),
                'linkedid': get('linkedid') or get('LinkedID') or get('Linkedid'),
                'userfield': get('UserField'),
            }
        )
        return True
