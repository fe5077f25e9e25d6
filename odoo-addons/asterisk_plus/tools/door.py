"""Posting one job to the door, and what its answer means. No Odoo here."""

import requests

CONNECT_SECONDS = 3.05
ANSWER_SECONDS = 10

# Answers below 500 that a later attempt may change.
TRY_AGAIN = (408, 425, 429)


class DoorAnswer:
    """``outcome``: 'sent', 'refused' (for good) or 'retry'. ``spoke``: the door itself said ``text``.

    ``job_id``: None where the middleware gives none: any 2xx is success. ``console``: where a console that was
    asked for is to be had, as the door told it.
    """

    def __init__(self, outcome, text='', job_id=None, spoke=True, console=None):
        self.outcome = outcome
        self.text = text
        self.job_id = job_id
        self.spoke = spoke
        self.console = console


def post_job(session, address, api_key, instance_uid, idempotency_key, body):
    headers = {
        'x-api-key': api_key,
        'x-instance-uid': instance_uid or '',
        'Idempotency-Key': idempotency_key,
        'Content-Type': 'application/json',
    }
    try:
        response = session.post(
            address,
            data=body.encode(),
            headers=headers,
            timeout=(CONNECT_SECONDS, ANSWER_SECONDS),
            # The key must not follow a redirect to somewhere else.
            allow_redirects=False,
        )
    except (requests.exceptions.InvalidURL, requests.exceptions.InvalidHeader) as error:
        return DoorAnswer('refused', str(error), spoke=False)
    except requests.RequestException as error:
        # A time-out is ambiguous: the same Idempotency-Key makes the next attempt safe.
        return DoorAnswer('retry', f'The door did not answer: {type(error).__name__}', spoke=False)
    text = response.text.strip()[:500] or f'HTTP {response.status_code}'
    if 200 <= response.status_code < 300:
        content = _content(response)
        job_id = content.get('job_id')
        return DoorAnswer(
            'sent', job_id=job_id if isinstance(job_id, str) else None, console=content.get('console')
        )
    if response.status_code >= 500 or response.status_code in TRY_AGAIN:
        return DoorAnswer('retry', text)
    return DoorAnswer('refused', text)


def _content(response):
    try:
        content = response.json()
    except ValueError:
        return {}
    return content if isinstance(content, dict) else {}
