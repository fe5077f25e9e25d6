from odoo import fields, models

CHANNEL_UNIQUE = ('UNIQUE (server_id, uniqueid)', 'There is a record of this channel already.')


class Channel(models.Model):
    """A channel of Asterisk: the facts that its events told, and which call it belongs to."""

    _name = 'asterisk_plus.channel'
    _description = 'Channel'
    _order = 'created, id'

    server_id = fields.Many2one(
        'asterisk_plus.server', string='PBX', required=True, readonly=True, ondelete='cascade'
    )
    company_id = fields.Many2one(related='server_id.company_id', store=True)
    uniqueid = fields.Char(required=True, readonly=True)
    call_id = fields.Many2one('asterisk_plus.call', readonly=True, ondelete='cascade', index=True)
    facts = fields.Json(readonly=True, help='What the events told: tools/channel_facts.py.')

    # For people, computed from the facts with those of the call.
    name = fields.Char(string='Channel', readonly=True)
    created = fields.Datetime(readonly=True)
    answered = fields.Datetime(readonly=True)
    ended = fields.Datetime(readonly=True)
    user_id = fields.Many2one('res.users', readonly=True, ondelete='set null')
    hangup_cause = fields.Char(readonly=True)
    recording_filename = fields.Char(readonly=True, help='Where Asterisk records the channel to.')

    if hasattr(models, 'Constraint'):  # Odoo 19
        _uniqueid_unique = models.Constraint(*CHANNEL_UNIQUE)
    else:
        _sql_constraints = [('uniqueid_unique', *CHANNEL_UNIQUE)]
