from time import monotonic

from odoo import SUPERUSER_ID, _, http
from odoo.http import request

from ..tools.token_bucket import TokenBuckets
from ..tools.upload_piece import upload_piece

# Tokens that there are not, per address: nobody can guess one, but who tries is not to keep the database busy.
wrong_tokens = TokenBuckets(per_second=1, burst=30)


class UploadController(http.Controller):
    """Where agents send large files (core/contracts/upload.ts). The token in the address is all that it takes."""

    @http.route(
        '/asterisk_plus/upload/<string:token>',
        type='http',
        auth='none',
        methods=['GET', 'PUT'],
        csrf=False,
        save_session=False,
        readonly=False,
    )
    def upload(self, token, **_parameters):
        # Nobody is logged in here: what the token does not open is not reached.
        env = request.env(user=SUPERUSER_ID, su=True)
        upload = env['asterisk_plus.upload']._by_token(token[:200])
        if not upload:
            if wrong_tokens.take(request.httprequest.remote_addr, monotonic()):
                return _say(429, {'error': _('Too many requests with addresses that there are not.')})
            return _say(410, {'error': _('This upload address is unknown, used up or too old.')})
        if request.httprequest.method != 'PUT':
            return _say(200, upload._progress())
        headers = request.httprequest.headers
        try:
            piece = upload_piece(
                headers.get('Content-Range'),
                request.httprequest.content_length or 0,
                headers.get('Repr-Digest'),
                upload.max_bytes,
            )
        except ValueError as error:
            return _say(400, {'error': str(error)})
        # In memory, as Odoo gives bodies: a piece, never a file. One that is cut off raises, and is sent again.
        return _say(*upload._take(piece, request.httprequest.get_data()))


def _say(status, answer):
    response = request.make_json_response(answer, status=status)
    response.headers['Cache-Control'] = 'no-store'
    return response
