from odoo import api, fields, models

CLAIM_UNIQUE = ('UNIQUE (channel_id, name)', 'That was done for this channel already.')


class CallReaction(models.Model):
    """What was done once about a call: the claim, and what came of it where that may have to be corrected.

    Claims are kept per channel, because channels stay what they are while calls merge: a call is claimed when
    no channel of it was claimed before.
    """

    _name = 'asterisk_plus.call_reaction'
    _description = 'Reaction to a call'

    channel_id = fields.Many2one('asterisk_plus.channel', required=True, ondelete='cascade')
    name = fields.Char(required=True, help='What was done: log, popup:<user id>, missed:<user id>.')
    message_id = fields.Many2one('mail.message', ondelete='set null', index='btree_not_null')
    activity_id = fields.Many2one('mail.activity', ondelete='set null', index='btree_not_null')

    if hasattr(models, 'Constraint'):  # Odoo 19
        _claim_unique = models.Constraint(*CLAIM_UNIQUE)
    else:
        _sql_constraints = [('claim_unique', *CLAIM_UNIQUE)]

    @api.model
    def _claim(self, call, name):
        """The claims on the call's channels; none when somebody claimed one of them before.

        DO NOTHING instead of a plain INSERT: of two transactions at the same time, one gets a serialization
        failure, which Odoo retries.
        """
        channels = sorted(call.channel_ids.ids)
        self.env.flush_all()
        self.env.cr.execute(
            f"""
            INSERT INTO {self._table} (channel_id, name)
            SELECT channel_id, %s FROM unnest(%s::int[]) AS channel_id
            ON CONFLICT DO NOTHING
            RETURNING id
            """,
            (name, channels),
        )
        claims = [row[0] for row in self.env.cr.fetchall()]
        return self.browse(claims if len(claims) == len(channels) else [])
