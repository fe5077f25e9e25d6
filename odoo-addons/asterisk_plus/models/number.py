import re

from odoo import api, fields, models

LONGEST_EXTENSION = 5
_punctuation = re.compile(r'[\s()\u00a0/.-]')


class Server(models.Model):
    _inherit = 'asterisk_plus.server'

    def _international(self, number):
        """The number as E.164, by the country of the PBX's company; extensions and what is no number stay."""
        plain = _punctuation.sub('', number or '')
        if not re.fullmatch(r'\+?[0-9]+', plain):
            return number or ''
        if not plain.startswith('+') and len(plain) <= LONGEST_EXTENSION:
            return plain
        if not plain.startswith('+') and self._is_extension(plain):
            return plain
        return self._e164(plain) or plain

    def _e164(self, number):
        company = self.company_id or self.env.company
        return self.env['res.partner']._phone_format(number=number, country=company.country_id)

    def _is_extension(self, number):
        return bool(
            self.env['asterisk_plus.user']
            .sudo()
            .search_count([('server_id', '=', self.id), ('exten', '=', number)], limit=1)
        )


class Partner(models.Model):
    _inherit = 'res.partner'

    # Odoo searches it while it sends text messages; here every call does.
    phone_sanitized = fields.Char(index='btree_not_null')

    @api.model
    def _of_number(self, number, company):
        """Who has this E.164 number, in the eyes of the company.

        Of several the one that the others belong to, else the oldest.
        """
        if not number or not number.startswith('+'):
            return self
        companies = [company.id, False] if company else [False]
        found = self.search(
            [('phone_sanitized', '=', number), ('company_id', 'in', companies)], order='id', limit=10
        )
        common = found.commercial_partner_id
        return common if len(found) > 1 and len(common) == 1 else found[:1]
