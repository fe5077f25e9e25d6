"""The argument of ``process_batch``, checked before anything is done with it.

The shape is that of ``gatewayBatchSchema`` (core/contracts/gateway.ts), version 1. Raises ValueError with
the path of what is wrong.
"""

import re

MAX_ITEMS = 10_000
MAX_RULES = 100

_pbx = re.compile(r'[a-z0-9-]{1,24}_[a-z0-9-]{1,24}')
_epoch = re.compile(r'[0-9a-zA-Z-]{8,64}')
_rule = re.compile(r'[A-Za-z0-9_.:-]{1,64}')
_job = re.compile(r'[A-Za-z0-9-]{8,64}')
_model = re.compile(r'[a-z0-9_.]{1,128}')
_method = re.compile(r'[A-Za-z0-9][A-Za-z0-9_]{0,127}')

STATUSES = ('done', 'failed', 'expired', 'refused', 'interrupted')
STYLES = ('positional', 'keyword')


def is_pbx_id(value):
    return isinstance(value, str) and _pbx.fullmatch(value) is not None


def check_batch(batch):
    _need(isinstance(batch, dict), 'batch', 'a dict')
    _need(batch.get('v') == 1, 'batch.v', '1: this version of the addon knows no other')
    _match(_pbx, batch.get('pbx'), 'batch.pbx')
    for index, item in enumerate(_list(batch.get('events'), 'batch.events', MAX_ITEMS)):
        _check_item(item, f'batch.events[{index}]')
    for index, result in enumerate(_list(batch.get('results'), 'batch.results', MAX_ITEMS)):
        _check_result(result, f'batch.results[{index}]')


def _check_item(item, path):
    _need(isinstance(item, dict), path, 'a dict')
    _match(_epoch, item.get('epoch'), f'{path}.epoch')
    _need(_is_int(item.get('seq')) and 0 < item['seq'] < 2**53, f'{path}.seq', 'a positive whole number')
    _need(_is_number(item.get('at')), f'{path}.at', 'Unix seconds')
    rules = _list(item.get('rules'), f'{path}.rules', MAX_RULES)
    for rule in rules:
        _match(_rule, rule, f'{path}.rules')
    event = item.get('event')
    _need(isinstance(event, dict) and isinstance(event.get('Event'), str), f'{path}.event', 'an AMI event')


def _check_result(result, path):
    _need(isinstance(result, dict), path, 'a dict')
    _match(_job, result.get('jobId'), f'{path}.jobId')
    _need(isinstance(result.get('fun'), str), f'{path}.fun', 'a text')
    _need(result.get('status') in STATUSES, f'{path}.status', 'one of ' + ', '.join(STATUSES))
    _need('result' in result, f'{path}.result', 'given')
    callback = result.get('callback')
    _need(isinstance(callback, dict), f'{path}.callback', 'a dict')
    _need(callback.get('style') in STYLES, f'{path}.callback.style', 'one of ' + ', '.join(STYLES))
    if callback.get('res_model') is not None:
        _match(_model, callback['res_model'], f'{path}.callback.res_model')
    if callback.get('res_method') is not None:
        _match(_method, callback['res_method'], f'{path}.callback.res_method')
    if callback.get('res_notify_uid') is not None:
        _need(_is_int(callback['res_notify_uid']), f'{path}.callback.res_notify_uid', "a user's id")


def _list(value, path, limit):
    _need(isinstance(value, list) and len(value) <= limit, path, f'a list of at most {limit}')
    return value


def _match(pattern, value, path):
    _need(isinstance(value, str) and pattern.fullmatch(value) is not None, path, pattern.pattern)


def _is_int(value):
    return isinstance(value, int) and not isinstance(value, bool)


def _is_number(value):
    return isinstance(value, (int, float)) and not isinstance(value, bool) and 0 <= value < 1e11


def _need(truth, path, wanted):
    if not truth:
        raise ValueError(f'{path} must be {wanted}')
