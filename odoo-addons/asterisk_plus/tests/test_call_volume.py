import json

from odoo.tests import tagged

from .call_sequences import CallCase, recorded

CALLS = 100_000
FEW = 4_000
PARTNERS = 5_000
LIST_FIELDS = {
    'started': {}, 'direction': {}, 'status': {}, 'calling_number': {}, 'calling_name': {}, 'called_number': {},
    'duration': {}, 'talk_time': {}, 'partner_id': {'fields': {'display_name': {}}},
    'calling_user_id': {'fields': {'display_name': {}}}, 'answered_user_id': {'fields': {'display_name': {}}},
    'called_user_ids': {'fields': {'display_name': {}}},
}  # fmt: skip


@tagged('asterisk_plus')
class TestCallVolume(CallCase):
    """With 100,000 calls: as many queries as with few, each by an index."""

    def fill(self, first, since, until):
        """Calls of these numbers, a channel each, over three years. ``first``: the first partner's id. By number, not
        by id: a page shows as many different people whatever was made before."""
        self.env.flush_all()
        cr, server = self.env.cr, self.server
        cr.execute(
            """
            INSERT INTO asterisk_plus_call (server_id, company_id, key, revision, started, answered, ended, duration,
                   talk_time, ring_time, direction, status, is_active, calling_number, called_number, partner_id,
                   calling_user_id, create_date, write_date)
            SELECT %(server)s, %(company)s, 'old/' || n, 1, s, s, s, 60, 50, 10, 'in', 'answered', false,
                   '+1303' || lpad((n %% %(partners)s + 1)::text, 7, '0'), '200', %(first)s + n %% %(partners)s,
                   CASE WHEN n %% 50 = 0 THEN %(user)s END, s, s
              FROM (SELECT n, timestamp '2023-01-01' + n * interval '16 minutes' s
                      FROM generate_series(%(since)s, %(until)s) n) numbered
            """,
            {
                'server': server.id,
                'company': server.company_id.id or None,
                'partners': PARTNERS,
                'first': first,
                'user': self.telephones['phone1'].user_id.id,
                'since': since,
                'until': until,
            },
        )
        cr.execute(
            """
            INSERT INTO asterisk_plus_channel (server_id, company_id, uniqueid, call_id, name, created, ended)
            SELECT server_id, company_id, key, id, 'PJSIP/trunk-00000001', started, ended
              FROM asterisk_plus_call WHERE key LIKE 'old/%%'
            ON CONFLICT DO NOTHING
            """
        )
        cr.execute(
            """
            INSERT INTO asterisk_plus_call_called_user_rel (call_id, user_id)
            SELECT id, %s FROM asterisk_plus_call
             WHERE key LIKE 'old/%%' AND split_part(key, '/', 2)::integer %% 20 = 0
            ON CONFLICT DO NOTHING
            """,
            (self.telephones['phone2'].user_id.id,),
        )
        for table in (
            'res_partner',
            'asterisk_plus_call',
            'asterisk_plus_channel',
            'asterisk_plus_call_called_user_rel',
        ):
            cr.execute(f'ANALYZE {table}')
        self.env.invalidate_all()

    def fill_partners(self):
        """Copies of one partner, whatever columns the installed modules want; the id of the first copy."""
        cr = self.env.cr
        model = self.env['res.partner'].create({'name': 'P', 'phone': '+13035550100'})
        self.env.flush_all()
        cr.execute("SELECT column_name FROM information_schema.columns WHERE table_name = 'res_partner'")
        number = "'+1303' || lpad(n::text, 7, '0')"
        values = {column: f'"{column}"' for [column] in cr.fetchall() if column != 'id'}
        values.update({'phone': number, 'phone_sanitized': number, 'commercial_partner_id': 'NULL'})
        columns = ', '.join(f'"{column}"' for column in values)
        cr.execute(
            f'INSERT INTO res_partner ({columns}) SELECT {", ".join(values.values())}'
            f' FROM res_partner, generate_series(1, {PARTNERS}) n WHERE id = {model.id}'
        )
        cr.execute('SELECT min(id) FROM res_partner WHERE phone_sanitized = %s', ('+13030000001',))
        return cr.fetchone()[0]

    def a_hundred_events(self):
        steps = []
        for sequence in recorded()['sequences'][::9]:
            steps += [step for step in self.steps_of(sequence) if step[0]]
        return steps[:100]

    def queries(self, deed):
        """How many queries it takes, cold; nothing of it stays."""
        savepoint = self.env.cr.savepoint()
        self.env.invalidate_all()
        before = self.env.cr.sql_log_count
        deed()
        self.env.flush_all()
        count = self.env.cr.sql_log_count - before
        savepoint.close(rollback=True)
        self.env.invalidate_all(flush=False)
        return count

    def counts(self, partner):
        calls = self.env['asterisk_plus.call'].with_user(self.caller)
        events = self.a_hundred_events()
        mine = [('called_user_ids', 'in', self.telephones['phone2'].user_id.ids)]
        of_partner = [('partner_id', '=', partner.id)]
        return {
            'list': self.queries(
                lambda: calls.web_search_read([], LIST_FIELDS, limit=80, count_limit=10_001)
            ),
            'mine': self.queries(
                lambda: calls.web_search_read(mine, LIST_FIELDS, limit=80, count_limit=10_001)
            ),
            'active': self.queries(lambda: calls.search_count([('is_active', '=', True)])),
            'partner': self.queries(
                lambda: (calls.search_count(of_partner), calls.search_read(of_partner, ['started'], limit=5))
            ),
            'batch': self.queries(lambda: self.take(events)),
        }

    def test_a_hundred_thousand_calls(self):
        first = self.fill_partners()
        partner = self.env['res.partner'].browse(first + 7)
        self.fill(first, 1, FEW)
        self.counts(partner)  # warms the registry's caches
        few = self.counts(partner)
        self.fill(first, FEW + 1, CALLS)
        for what, count in self.counts(partner).items():
            # Fewer where the page shows fewer different people.
            self.assertLessEqual(count, few[what], what)
        self.assertLess(few['batch'], 400)
        self.check_plans(partner)

    def check_plans(self, partner):
        """What is looked up has an index."""
        server, user = self.server.id, self.telephones['phone2'].user_id.id
        company = f'(company_id IN ({self.server.company_id.id or 0}) OR company_id IS NULL)'
        call = 'SELECT id FROM asterisk_plus_call WHERE'
        newest = 'ORDER BY started DESC, id DESC LIMIT 80'
        rel = 'SELECT 1 FROM asterisk_plus_call_called_user_rel r WHERE r.call_id = asterisk_plus_call.id'
        queries = {
            'the newest calls': f'{call} {company} {newest}',
            'a contact': f'{call} partner_id = {partner.id} {newest}',
            'a document': f"{call} res_model = 'crm.lead' AND res_id = 7",
            'active ones': f'{call} is_active AND {company}',
            'missed by me': f"{call} status = 'noanswer' AND EXISTS ({rel} AND r.user_id = {user}) {newest}",
            "a caller's": f'{call} calling_user_id = {user} {newest}',
            'a number': f"{call} calling_number = '+13030000042' {newest}",
            'channels of an event': 'SELECT id FROM asterisk_plus_channel'
            f" WHERE server_id = {server} AND uniqueid IN ('old/5', 'old/7')",
            'channels of a call': 'SELECT id FROM asterisk_plus_channel WHERE call_id IN (5)',
            'who has the number': "SELECT id FROM res_partner WHERE phone_sanitized = '+13030000042'",
        }
        for what, query in queries.items():
            self.env.cr.execute(f'EXPLAIN (FORMAT JSON) {query}')
            plan = self.env.cr.fetchone()[0]
            scanned = list(_sequential_scans(plan[0]['Plan']))
            self.assertFalse(scanned, f'{what}: {json.dumps(plan)}')

    def test_one_channel_once(self):
        self.take(self.steps_of(recorded()['sequences'][0]))
        uniqueid = self.env['asterisk_plus.channel'].search([], limit=1).uniqueid
        self.assertFalse(self.env['asterisk_plus.channel']._insert(self.server, {uniqueid}))


def _sequential_scans(plan):
    if plan['Node Type'] == 'Seq Scan':
        yield plan['Relation Name']
    for child in plan.get('Plans', ()):
        yield from _sequential_scans(child)
