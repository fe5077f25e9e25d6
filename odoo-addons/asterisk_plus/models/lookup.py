import hmac
import re

from odoo import api, models

from ..tools.dialplan_text import dialplan_text
from .server_key import fingerprint

NAME_LIMIT = 80
ANSWER_LIMIT = 400

_number = re.compile(r'\+?[0-9*#]{1,32}')
_punctuation = re.compile(r'[\s()\u00a0/.-]')


class Server(models.Model):
    """What the PBX's dialplan may ask about a number. Only partners that the PBX's company sees are found."""

    _inherit = 'asterisk_plus.server'

    @api.model
    def _of_lookup_key(self, key):
        """The server with this lookup key, as superuser; empty where there is none."""
        wanted = fingerprint(key)
        server = self.sudo().search([('lookup_key_sha256', '=', wanted)], limit=1)
        # The search is by a hash, so that its time tells nothing of the key; so does this comparison.
        return server if hmac.compare_digest(server.lookup_key_sha256 or '', wanted) else server.browse()

    def _looked_up(self, number, country_code=None):
        """The partner with this number as the PBX knows it: with or without +, 00 or the country's code.

        ``country_code`` (ISO 3166, two letters) stands for the country of the PBX's company. ValueError when
        that is no number at all.
        """
        # "+" in an address is a space.
        plain = f'+{number[1:]}' if number.startswith(' ') else number
        plain = _punctuation.sub('', plain)
        if not _number.fullmatch(plain):
            raise ValueError('no number')
        partners = self.env['res.partner']
        country = self.env['res.country']
        if country_code and len(country_code) == 2:
            country = country.search([('code', '=', country_code.upper())], limit=1)
        if country:
            international = partners._phone_format(number=plain, country=country) or plain
        else:
            international = self._international(plain)
        return partners._of_number(international, self.company_id)

    def _caller_name(self, partner):
        return dialplan_text(partner.name or partner.commercial_partner_id.name or '', NAME_LIMIT)

    def _partner_manager(self, partner, wants_exten=False):
        """Where the partner's salesperson is rung: ``PJSIP/101&PJSIP/102``, or the extension."""
        manager = partner.user_id or partner.commercial_partner_id.user_id
        if not manager:
            return ''
        person = self.env['asterisk_plus.user'].search(
            [('server_id', '=', self.id), ('user_id', '=', manager.id)], limit=1
        )
        if wants_exten:
            return person.exten or ''
        return '&'.join(person.channel_ids.filtered('originate_enabled').mapped('name'))

    def _caller_tags(self, partner):
        names = (dialplan_text(tag.name, NAME_LIMIT, without=',') for tag in partner.category_id)
        return ','.join(filter(None, names))[:ANSWER_LIMIT]
