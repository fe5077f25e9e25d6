"""The body of a job for the door: ``POST <door>/app/asterisk_plus/agent`` (core/contracts/door-request.ts).

Pure: no Odoo here. Raises ValueError with a text that the caller of ``local_job`` understands.
"""

import json
import re

MAX_BYTES = 900_000
ORIGINATE_SECONDS = 60
OTHER_SECONDS = 300

_fun = re.compile(r'[a-z][a-z_]{0,31}\.[a-z][a-z_]{0,47}')
_forbidden = re.compile(r'[\r\n\0]')


def job_request(fun, args, kwargs, timeout, callback):
    """The body as a dict, without ``expires_at``: the outbox adds it when it knows the row's time.

    ``args`` is what developers write: a list, a tuple, or one bare action dict. ``callback`` is a dict of
    res_model, res_method, res_notify_uid, res_notify_title, pass_back and callback_style.
    """
    if not isinstance(fun, str) or not _fun.fullmatch(fun):
        raise ValueError(f'{fun!r} is no job function: one is named like asterisk.manager_action')
    if not isinstance(timeout, (int, float)) or isinstance(timeout, bool) or not 0.1 <= timeout <= 3600:
        raise ValueError(f'timeout is {timeout!r}: it must be 0.1 to 3600 seconds')
    arguments = _arguments(args)
    if kwargs is not None and not isinstance(kwargs, dict):
        raise ValueError('kwargs must be a dict')
    if fun == 'asterisk.manager_action':
        for action in actions_of(arguments):
            _check_action(action)
    body = {'fun': fun, 'args': arguments, 'kwargs': kwargs or {}, 'timeout': timeout, **callback}
    try:
        text = json.dumps(body, allow_nan=False)
    except (TypeError, ValueError) as error:
        raise ValueError(f'the job cannot be written as JSON: {error}') from error
    if len(text.encode()) > MAX_BYTES:
        raise ValueError(f'the job is larger than {MAX_BYTES} bytes')
    return json.loads(text)


def life_of(body):
    """Seconds after which the job must not run any more: no phone rings long after the click."""
    actions = actions_of(body['args']) if body['fun'] == 'asterisk.manager_action' else []
    originates = any(str(action.get('Action', '')).lower() == 'originate' for action in actions)
    return ORIGINATE_SECONDS if originates else OTHER_SECONDS


def actions_of(arguments):
    """The action dicts among the arguments: bare, or in a list of actions."""
    for argument in arguments:
        for action in argument if isinstance(argument, (list, tuple)) else [argument]:
            if isinstance(action, dict):
                yield action


def _arguments(args):
    if args is None:
        return []
    if isinstance(args, (list, tuple)):
        return list(args)
    return [args]


def _check_action(action):
    for key, value in action.items():
        for part in [key, *(value if isinstance(value, (list, tuple)) else [value])]:
            if isinstance(part, str) and _forbidden.search(part):
                raise ValueError(f'a line break or NUL in {key!r}: it would smuggle a second action into AMI')
