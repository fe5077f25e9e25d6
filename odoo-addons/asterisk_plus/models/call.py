from odoo import _, api, fields, models
from odoo.exceptions import AccessError

CALL_UNIQUE = ('UNIQUE (key)', 'There is a record of this call already.')

# What people may change on a call; everything else comes from Asterisk.
EDITABLE = {'notes', 'partner_id'}


class Call(models.Model):
    """One call, as people understand it: all channels that belong together, first ring to last hangup.

    Every field but the notes is computed from the facts that are stored per channel
    (``channel_ids.facts``), so that the order in which Asterisk's events arrive changes nothing. A call
    whose channels turn out to belong to another one is merged into it and deleted.
    """

    _name = 'asterisk_plus.call'
    _description = 'Call'
    _order = 'started desc, id desc'

    server_id = fields.Many2one(
        'asterisk_plus.server', string='PBX', required=True, readonly=True, ondelete='cascade', index=True
    )
    company_id = fields.Many2one(related='server_id.company_id', store=True, index=True)
    key = fields.Char(
        required=True,
        readonly=True,
        copy=False,
        help='The PBX and the smallest Uniqueid among the channels.',
    )
    revision = fields.Integer(
        readonly=True, help='Rises with every event: whoever changes the call locks it by this.'
    )

    started = fields.Datetime(required=True, readonly=True)
    answered = fields.Datetime(readonly=True)
    ended = fields.Datetime(readonly=True)
    duration = fields.Integer(string='Duration (s)', readonly=True, help='From the start to the end.')
    talk_time = fields.Integer(string='Talk time (s)', readonly=True, help='From the answer to the end.')
    ring_time = fields.Integer(
        string='Ring time (s)', readonly=True, help='From the start to the answer, or to the end.'
    )

    direction = fields.Selection(
        [('in', 'Incoming'), ('out', 'Outgoing'), ('internal', 'Internal')], readonly=True, index=True
    )
    status = fields.Selection(
        [
            ('progress', 'In progress'),
            ('answered', 'Answered'),
            ('noanswer', 'No answer'),
            ('busy', 'Busy'),
            ('failed', 'Failed'),
        ],
        required=True,
        default='progress',
        readonly=True,
        index=True,
    )
    is_active = fields.Boolean(string='Active', default=True, readonly=True, index=True)
    reason = fields.Char(readonly=True, help='Why the call was not answered, in words.')

    calling_number = fields.Char(string='From', readonly=True, index='btree_not_null')
    calling_name = fields.Char(string="Caller's name", readonly=True)
    called_number = fields.Char(string='To', readonly=True, index='btree_not_null')
    calling_user_id = fields.Many2one(
        'res.users', string='Caller', readonly=True, ondelete='set null', index='btree_not_null'
    )
    called_user_ids = fields.Many2many(
        'res.users',
        'asterisk_plus_call_called_user_rel',
        'call_id',
        'user_id',
        string='Called users',
        readonly=True,
    )
    answered_user_id = fields.Many2one(
        'res.users', string='Answered by', readonly=True, ondelete='set null', index='btree_not_null'
    )
    partner_id = fields.Many2one('res.partner', string='Contact', ondelete='set null', index='btree_not_null')
    res_model = fields.Char(
        string='Document model', readonly=True, help='With the id: the record that the call was made from.'
    )
    res_id = fields.Many2oneReference(string='Document', model_field='res_model', readonly=True)

    queue = fields.Char(readonly=True, help='The queue that the caller waited in.')
    is_transferred = fields.Boolean(string='Transferred', readonly=True)
    transfer_info = fields.Char(
        string='Transfers', readonly=True, help='Who transferred the call to whom, in words.'
    )
    notes = fields.Text()

    channel_ids = fields.One2many('asterisk_plus.channel', 'call_id', string='Channels', readonly=True)
    event_ids = fields.One2many('asterisk_plus.call_event', 'call_id', string='Log', readonly=True)

    if hasattr(models, 'Constraint'):  # Odoo 19
        _key_unique = models.Constraint(*CALL_UNIQUE)
    else:
        _sql_constraints = [('key_unique', *CALL_UNIQUE)]

    def init(self):
        self.env.cr.execute("""
            CREATE INDEX IF NOT EXISTS asterisk_plus_call_started_id ON asterisk_plus_call (started, id);
            CREATE INDEX IF NOT EXISTS asterisk_plus_call_document
                ON asterisk_plus_call (res_model, res_id) WHERE res_id IS NOT NULL;
        """)

    @api.depends('calling_number', 'calling_name', 'called_number')
    def _compute_display_name(self):
        for call in self:
            caller = call.calling_name or call.calling_number or _('Unknown')
            call.display_name = f'{caller} → {call.called_number}' if call.called_number else caller

    def write(self, vals):
        if not self.env.su and not vals.keys() <= EDITABLE:
            raise AccessError(_('Of a call only the notes and the contact can be changed.'))
        return super().write(vals)

    def _react(self, at):
        """What Odoo does about calls that events changed: popups, activities, chatter, live views.

        Called after the fields were computed anew from all facts known by then: once per call at the end of
        a batch of events, else once per event. ``self`` holds calls that exist (merged ones are gone), as
        superuser. ``at`` is the naive UTC time on the PBX of the newest event among them, which may be long
        ago (an outage, a retry, a replay). Guaranteed is only that the last call sees the final fields:
        events come in any order and more than once, so a call may be reacted to any number of times, may
        seem ended or unanswered until a late event says otherwise, and an earlier event may be the last to
        come. What must happen once has to claim a key of its own in the database. Runs inside the batch's
        transaction: what it raises fails the event, what it sends (``bus.bus``) leaves after the commit.
        """
