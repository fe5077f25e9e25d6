"""What came of the jobs that read configuration. Raises ValueError with a text for the person who asked."""

import json

MAX_NAME = 1000


def config_text(result, uploaded):
    """A file's text; ``uploaded``: what the agent sent to the upload address, if anything."""
    value = _value(result, uploaded)
    if not isinstance(value, str):
        raise ValueError('The PBX answered something else than text.')
    return value


def config_texts(result, uploaded):
    """{name: text, or None for a file that cannot be given}."""
    value = _value(result, uploaded)
    if not isinstance(value, dict):
        raise ValueError('The PBX answered something else than files.')
    for name, text in value.items():
        if len(name) > MAX_NAME or not name.endswith('.conf') or not isinstance(text, (str, type(None))):
            raise ValueError('The PBX answered something else than configuration files.')
    return value


def refusal(result):
    """Why the job was not done, '' when it was."""
    error = result.get('error') if isinstance(result, dict) else None
    return str(error.get('message') or error.get('code')) if isinstance(error, dict) else ''


def _value(result, uploaded):
    reason = refusal(result)
    if reason:
        raise ValueError(reason)
    if not (isinstance(result, dict) and set(result) >= {'bytes', 'sha256'}):
        return result
    # A file that is named like these keys ends in .conf, so that this is the answer of an upload.
    try:
        return json.loads(uploaded or b'')
    except ValueError:
        raise ValueError('What the PBX sent cannot be read.') from None
