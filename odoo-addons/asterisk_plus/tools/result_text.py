"""A job's result in words, for a notification and for the job list."""

import json

from .storable_text import storable

LIMIT = 500


def failure_reason(status, result):
    """Why the job failed, '' when it did not. An AMI ``Response: Error`` is a failure too."""
    first = _first(result)
    if isinstance(first, dict):
        error = first.get('error')
        if isinstance(error, dict):
            return _cut(str(error.get('message') or error.get('code') or status))
        if str(first.get('Response', '')).lower() in ('error', 'failure'):
            return _cut(str(first.get('Message') or first.get('Reason') or 'Error'))
    return '' if status == 'done' else _cut(f'{status}: {in_words(result)}')


def in_words(result):
    first = _first(result)
    if isinstance(first, dict):
        for key in ('Message', 'Ping', 'Response'):
            if first.get(key):
                return _cut(str(first[key]))
    if result is True:
        return 'OK'
    return _cut(result if isinstance(result, str) else json.dumps(result, ensure_ascii=False))


def _first(result):
    return result[0] if isinstance(result, list) and result else result


def _cut(text):
    text = storable(text)
    return text if len(text) <= LIMIT else text[: LIMIT - 1] + '…'
