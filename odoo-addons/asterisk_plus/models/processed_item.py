from odoo import api, fields, models


class ProcessedItem(models.Model):
    """What was processed once: the key of an event and rule, or of a job's result.

    A plain table: no ids, no ORM records. The primary key is what makes a second delivery a duplicate.
    """

    _name = 'asterisk_plus.processed_item'
    _description = 'Processed event'
    _auto = False

    pbx = fields.Char(required=True)
    epoch = fields.Char(required=True)
    seq = fields.Integer(required=True)  # bigint in the table
    rule = fields.Char(required=True)
    processed_at = fields.Datetime(required=True)

    def init(self):
        self.env.cr.execute("""
            CREATE TABLE IF NOT EXISTS asterisk_plus_processed_item (
                pbx varchar NOT NULL,
                epoch varchar NOT NULL,
                seq bigint NOT NULL,
                rule varchar NOT NULL,
                processed_at timestamp NOT NULL DEFAULT (now() AT TIME ZONE 'UTC'),
                PRIMARY KEY (pbx, epoch, seq, rule)
            );
            CREATE INDEX IF NOT EXISTS asterisk_plus_processed_item_at
                ON asterisk_plus_processed_item USING brin (processed_at);
        """)

    @api.model
    def _claim(self, pbx, keys):
        """Claims (epoch, seq, rule) keys; returns the set of those that were not claimed before.

        DO NOTHING instead of a plain INSERT: when another transaction claims the same key at the same time,
        PostgreSQL then answers with a serialization failure, which Odoo retries, and not with a unique
        violation, which it does not. Sorted, so that two overlapping batches cannot deadlock.
        """
        if not keys:
            return set()
        epochs, seqs, rules = zip(*sorted(set(keys)), strict=True)
        self.env.cr.execute(
            """
            INSERT INTO asterisk_plus_processed_item (pbx, epoch, seq, rule)
            SELECT %s, key.epoch, key.seq, key.rule
              FROM unnest(%s::varchar[], %s::bigint[], %s::varchar[]) AS key (epoch, seq, rule)
            ON CONFLICT DO NOTHING
            RETURNING epoch, seq, rule
            """,
            (pbx, list(epochs), list(seqs), list(rules)),
        )
        return set(self.env.cr.fetchall())

    @api.autovacuum
    def _gc_processed_items(self):
        self.env.cr.execute(
            'DELETE FROM asterisk_plus_processed_item'
            " WHERE processed_at < (now() AT TIME ZONE 'UTC') - %s * interval '1 day'",
            (self.env['asterisk_plus.settings']._days('processed_item_days'),),
        )
