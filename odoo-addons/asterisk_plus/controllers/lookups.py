import logging
import math
from time import monotonic

from odoo import SUPERUSER_ID, http
from odoo.http import request

from ..tools.token_bucket import TokenBuckets

_logger = logging.getLogger(__name__)

LONGEST_KEY = 128
LONGEST_NUMBER = 64

# An address before its key is looked at, wrong keys from there, and a PBX: far above what calls need.
addresses = TokenBuckets(per_second=50, burst=200)
wrong_keys = TokenBuckets(per_second=1, burst=10)
servers = TokenBuckets(per_second=20, burst=100)


def lookup(path):
    """An address that a dialplan asks by CURL(): GET ?number=…, with the lookup key of the PBX.

    The answer is one line of plain text. Everything that is no answer has an empty body: the dialplan takes
    whatever stands there, and a caller must not be shown as "Unauthorized".
    """
    return http.route(
        path, type='http', auth='none', methods=['GET'], csrf=False, save_session=False, readonly=True
    )


class Lookups(http.Controller):
    @lookup('/asterisk_plus/get_caller_name')
    def get_caller_name(self, number='', country=None, **_others):
        return self._answer(number, country, lambda server, partner: server._caller_name(partner))

    @lookup('/asterisk_plus/get_partner_manager')
    def get_partner_manager(self, number='', country=None, exten=None, **_others):
        wants_exten = exten in ('1', 'true', 'True')
        return self._answer(
            number, country, lambda server, partner: server._partner_manager(partner, wants_exten)
        )

    @lookup('/asterisk_plus/get_caller_tags')
    def get_caller_tags(self, number='', country=None, **_others):
        return self._answer(number, country, lambda server, partner: server._caller_tags(partner))

    def _answer(self, number, country, find):
        address = request.httprequest.remote_addr
        wait = addresses.take(address, monotonic())
        if wait:
            return _refuse(429, wait)
        key = _key_of(request.httprequest)
        env = request.env(user=SUPERUSER_ID, context={})
        server = env['asterisk_plus.server']
        if key and len(key) <= LONGEST_KEY:
            server = server._of_lookup_key(key)
        if not server:
            wait = wrong_keys.take(address, monotonic())
            if wait:
                return _refuse(429, wait)
            _logger.warning('A dialplan lookup from %s without a valid key', address)
            return _refuse(401)
        wait = servers.take((env.cr.dbname, server.id), monotonic())
        if wait:
            return _refuse(429, wait)
        if len(number) > LONGEST_NUMBER:
            return _refuse(400)
        try:
            partner = server._looked_up(number, country)
        except ValueError:
            return _refuse(400)
        return _plain(find(server, partner) if partner else '')


def _key_of(httprequest):
    """From x-api-key, or as the password of basic authentication: CURLOPT(userpwd) is in every Asterisk."""
    key = httprequest.headers.get('x-api-key')
    if key:
        return key
    authorization = httprequest.authorization
    return authorization.password if authorization and authorization.type == 'basic' else None


def _plain(text):
    headers = [('Content-Type', 'text/plain; charset=utf-8'), ('Cache-Control', 'no-store')]
    return request.make_response(text, headers)


def _refuse(status, wait=None):
    response = _plain('')
    response.status_code = status
    if wait is not None:
        response.headers['Retry-After'] = str(math.ceil(wait))
    return response
