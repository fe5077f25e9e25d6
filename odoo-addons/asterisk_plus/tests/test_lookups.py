import secrets
from hashlib import sha256
from unittest.mock import patch

from odoo.tests import HttpCase, TransactionCase, tagged
from odoo.tools import mute_logger

from ..controllers import lookups
from ..tools.dialplan_text import dialplan_text
from ..tools.token_bucket import TokenBuckets

LOG = 'odoo.addons.asterisk_plus.controllers.lookups'


@tagged('asterisk_plus')
class TestTokenBuckets(TransactionCase):
    def test_a_burst_and_then_a_rate(self):
        buckets = TokenBuckets(per_second=2, burst=3)
        self.assertEqual([buckets.take('a', 10) for _ in range(4)], [0, 0, 0, 0.5])
        self.assertEqual(buckets.take('b', 10), 0)
        self.assertEqual(buckets.take('a', 10.25), 0.25)
        self.assertEqual(buckets.take('a', 10.5), 0)
        self.assertEqual([buckets.take('a', 99) for _ in range(4)], [0, 0, 0, 0.5])

    def test_the_memory_is_bounded(self):
        buckets = TokenBuckets(per_second=1, burst=1, most_keys=3)
        for key in range(1000):
            buckets.take(key, 1)
        self.assertEqual(list(buckets._buckets), [997, 998, 999])


@tagged('asterisk_plus')
class TestDialplanText(TransactionCase):
    def test_what_may_stand_in_a_dialplan(self):
        for text, expected in (
            ("O'Brien & Sons, Inc.", "O'Brien & Sons, Inc."),
            ('Zoë Müller', 'Zoë Müller'),
            ('株式会社', '株式会社'),
            ('${SHELL(id)}', 'SHELL(id)'),
            ('a" = "a"] & $[1', 'a a & 1'),
            ('two\r\nlines\0', 'two lines'),
            ('back\\slash;`id`<b>', 'back slash id b'),
            ('', ''),
        ):
            self.assertEqual(dialplan_text(text, 80), expected)
        self.assertEqual(dialplan_text('x' * 100, 80), 'x' * 80)
        self.assertEqual(dialplan_text('a,b', 80, without=','), 'a b')


@tagged('asterisk_plus')
class TestLookups(HttpCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company = cls.env['res.company'].create(
            {'name': 'Looked up', 'country_id': cls.env.ref('base.de').id}
        )
        cls.key = secrets.token_urlsafe(32)
        cls.server = cls.env['asterisk_plus.server'].create(
            {'name': 'lk', 'pbx': 'acme_lookup', 'company_id': cls.company.id, 'api_key': 'door-key'}
        )
        cls.server.lookup_key_sha256 = sha256(cls.key.encode()).hexdigest()
        cls.manager = cls.env['res.users'].create({'name': 'Manager', 'login': 'pbx_lookup_manager'})
        cls.partner = cls.env['res.partner'].create(
            {
                'name': 'Zoë "Z" Müller',
                'phone': '030 9018298',
                'country_id': cls.env.ref('base.de').id,
                'company_id': cls.company.id,
                'user_id': cls.manager.id,
                'category_id': [(0, 0, {'name': 'VIP'}), (0, 0, {'name': 'Slow, payer'})],
            }
        )

    def setUp(self):
        super().setUp()
        for name in ('addresses', 'wrong_keys', 'servers'):
            fresh = TokenBuckets(per_second=100, burst=1000)
            patcher = patch.object(lookups, name, fresh)
            patcher.start()
            self.addCleanup(patcher.stop)

    def ask(self, what='get_caller_name', key=None, auth=None, **params):
        headers = {} if auth else {'x-api-key': self.key if key is None else key}
        query = '&'.join(f'{name}={value}' for name, value in params.items())
        self.opener.auth = auth
        return self.url_open(f'/asterisk_plus/{what}?{query}', headers=headers, allow_redirects=False)

    def test_the_name_in_whatever_way_the_number_comes(self):
        international = ('+49309018298', '%2B49309018298', '0049309018298', '49309018298')
        for number in (*international, '0309018298', '030%209018298'):
            answer = self.ask(number=number)
            self.assertEqual((answer.status_code, answer.text), (200, 'Zoë Z Müller'), number)
        self.assertEqual(answer.headers['Content-Type'], 'text/plain; charset=utf-8')
        self.assertNotIn('Set-Cookie', answer.headers)

    def test_a_number_of_another_country(self):
        self.assertEqual(self.ask(number='0309018298', country='de').text, 'Zoë Z Müller')
        self.assertEqual(self.ask(number='0309018298', country='fr').text, '')
        self.assertEqual(self.ask(number='0309018298', country='nowhere').text, 'Zoë Z Müller')

    def test_nobody_has_it(self):
        answer = self.ask(number='+4930000000')
        self.assertEqual((answer.status_code, answer.text), (200, ''))

    def test_what_is_no_number(self):
        for number in ('', 'anonymous', '1' * 65, "1'%20OR%201=1", '%00', '1%0d%0a'):
            answer = self.ask(number=number)
            self.assertEqual(answer.text, '', number)
            self.assertIn(answer.status_code, (200, 400), number)

    def test_the_manager(self):
        self.assertEqual(self.ask('get_partner_manager', number='+49309018298').text, '')
        person = self.env['asterisk_plus.user'].create(
            {
                'server_id': self.server.id,
                'user_id': self.manager.id,
                'exten': '101',
                'channel_ids': [
                    (0, 0, {'name': 'PJSIP/101'}),
                    (0, 0, {'name': 'PJSIP/101-mobile'}),
                    (0, 0, {'name': 'PJSIP/fax', 'originate_enabled': False}),
                ],
            }
        )
        manager = self.ask('get_partner_manager', number='+49309018298').text
        self.assertEqual(manager, 'PJSIP/101&PJSIP/101-mobile')
        self.assertEqual(self.ask('get_partner_manager', number='+49309018298', exten='1').text, '101')
        person.active = False
        self.assertEqual(self.ask('get_partner_manager', number='+49309018298').text, '')

    def test_the_tags(self):
        tags = self.ask('get_caller_tags', number='+49309018298').text
        self.assertEqual(sorted(tags.split(',')), ['Slow payer', 'VIP'])

    @mute_logger(LOG)
    def test_without_the_right_key_nothing_is_told(self):
        known, unknown = '+49309018298', '+4930000000'
        nearly = (self.key[:-1], self.key + 'x', self.server.lookup_key_sha256)
        for key in ('', 'wrong', 'door-key', 'x' * 5000, *nearly):
            for number in (known, unknown, 'rubbish'):
                answer = self.ask(key=key, number=number)
                self.assertEqual((answer.status_code, answer.text), (401, ''), key[:80])

    @mute_logger(LOG)
    def test_the_key_as_a_password(self):
        self.assertEqual(self.ask(auth=('pbx', self.key), number='+49309018298').text, 'Zoë Z Müller')
        self.assertEqual(self.ask(auth=('pbx', 'wrong'), number='+49309018298').status_code, 401)

    @mute_logger(LOG)
    def test_an_archived_server_may_not_ask(self):
        self.server.active = False
        self.assertEqual(self.ask(number='+49309018298').status_code, 401)

    def test_partners_of_other_companies_are_not_found(self):
        other = self.env['res.company'].create({'name': 'Other'})
        self.partner.company_id = other
        self.assertEqual(self.ask(number='+49309018298').text, '')
        self.partner.company_id = False
        self.assertEqual(self.ask(number='+49309018298').text, 'Zoë Z Müller')

    def test_the_rate_of_a_server(self):
        with patch.object(lookups, 'servers', TokenBuckets(per_second=0.001, burst=2)):
            answers = [self.ask(number='+49309018298') for _ in range(3)]
        self.assertEqual([answer.status_code for answer in answers], [200, 200, 429])
        self.assertEqual(answers[2].text, '')
        self.assertGreater(int(answers[2].headers['Retry-After']), 100)

    @mute_logger(LOG)
    def test_the_rate_of_an_address(self):
        with patch.object(lookups, 'wrong_keys', TokenBuckets(per_second=0.001, burst=1)):
            codes = [self.ask(key='wrong', number='1').status_code for _ in range(2)]
            self.assertEqual(codes, [401, 429])
            self.assertEqual(self.ask(number='1').status_code, 200, "others' guesses lock nobody out")
        with patch.object(lookups, 'addresses', TokenBuckets(per_second=0.001, burst=1)):
            codes = [self.ask(number='1').status_code for _ in range(2)]
        self.assertEqual(codes, [200, 429])

    def test_a_lookup_is_a_handful_of_queries_by_an_index(self):
        self.server._looked_up('+49309018298')
        self.env.invalidate_all()
        with self.assertQueryCount(7):
            partner = self.server._of_lookup_key(self.key)._looked_up('+49309018298')
            self.assertEqual(partner, self.partner)
        self.env.cr.execute('SET LOCAL enable_seqscan = off')
        self.env.cr.execute(
            "EXPLAIN SELECT id FROM res_partner WHERE active AND phone_sanitized = '+49309018298'"
        )
        self.assertIn('phone_sanitized', '\n'.join(row for (row,) in self.env.cr.fetchall()))
