from odoo import fields, models


class CallEvent(models.Model):
    """A line of a call's log, in words. Written anew from the facts of the call's channels."""

    _name = 'asterisk_plus.call_event'
    _description = 'Call log'
    _order = 'call_id, sequence, id'
    _rec_name = 'text'

    call_id = fields.Many2one(
        'asterisk_plus.call', required=True, readonly=True, ondelete='cascade', index=True
    )
    company_id = fields.Many2one(related='call_id.company_id', store=True)
    sequence = fields.Integer(required=True, readonly=True, help='In the order of time, finer than seconds.')
    at = fields.Datetime(string='Time', required=True, readonly=True)
    kind = fields.Selection(
        [
            ('start', 'Start'),
            ('ring', 'Ringing'),
            ('answer', 'Answer'),
            ('miss', 'Not answered'),
            ('queue', 'Queue'),
            ('transfer', 'Transfer'),
            ('record', 'Recording'),
            ('fail', 'Failure'),
            ('end', 'End'),
        ],
        required=True,
        readonly=True,
    )
    text = fields.Char(required=True, readonly=True)
