"""The console's part of what the door and the PBX tell (docs/console.md). No Odoo here.

What comes from a PBX may have any shape: what is not as it should be is left out.
"""

import re

from .storable_text import storable

COLUMNS = (2, 500)
ROWS = (2, 300)
REASON_LENGTH = 300
NAME_LENGTH = 64

_code = re.compile(r'[a-z][a-z-]{0,31}')
_session = re.compile(r'[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}')
_url = re.compile(r'wss?://[^\s"\'<>\\]{1,2000}')
_states = {'opened': 'open', 'closed': 'closed', 'refused': 'refused'}


def console_arguments(cols, rows, user_id, user_name, address):
    """The kwargs of ``console.open``. Raises ValueError for a size that no terminal has."""
    for name, value, (least, most) in (('cols', cols, COLUMNS), ('rows', rows, ROWS)):
        if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
            raise ValueError(f'{name} is {value!r}: it must be a whole number from {least} to {most}')
    user = {'id': user_id, 'name': storable(user_name)[:NAME_LENGTH]}
    return {'cols': cols, 'rows': rows, 'user': user, **({'address': address} if address else {})}


def console_offer(console):
    """The door's answer: {session, url, expires_at}; None where it offers no console."""
    if not isinstance(console, dict):
        return None
    session, url, expires_at = (console.get(key) for key in ('session', 'url', 'expires_at'))
    if not is_session(session) or not isinstance(url, str) or not _url.fullmatch(url):
        return None
    if not isinstance(expires_at, (int, float)):
        return None
    return {'session': session, 'url': url, 'expires_at': expires_at}


def is_session(value):
    return isinstance(value, str) and bool(_session.fullmatch(value))


def refusal_of(result):
    """Why the job ``console.open`` did not open a console; None: it did."""
    if isinstance(result, dict):
        error = result.get('error')
        if not isinstance(error, dict):
            return None
        return reason_text(error.get('message') or error.get('code')) or 'refused'
    return reason_text(str(result)) or 'refused'


def told_by_event(event):
    """The fields of ``asterisk_plus.console_session`` that an AMI-like event ``OdooPBXConsole`` tells."""
    state = _states.get(event.get('Action'))
    if state is None:
        raise ValueError(f'OdooPBXConsole: no such Action: {event.get("Action")!r}')
    if not is_session(event.get('Session')):
        raise ValueError(f'OdooPBXConsole: no session: {event.get("Session")!r}')
    told = {'state': state, 'shell': event.get('Shell') == 'yes'}
    if state == 'closed':
        told['end_code'] = code_text(event.get('EndCode'))
        told['bytes_out'] = _count(event.get('BytesOut'))
        told['bytes_in'] = _count(event.get('BytesIn'))
    if state == 'refused':
        told['end_code'] = 'refused'
    if state != 'open':
        told['end_reason'] = reason_text(event.get('Reason'))
    return told


def code_text(code):
    return code if isinstance(code, str) and _code.fullmatch(code) else 'unknown'


def reason_text(reason):
    return storable(reason)[:REASON_LENGTH] if isinstance(reason, str) and reason else False


def name_text(name):
    return storable(name)[:NAME_LENGTH] if isinstance(name, str) and name else False


def _count(value):
    text = str(value)
    return int(text) if text.isascii() and text.isdecimal() and len(text) <= 15 else 0
