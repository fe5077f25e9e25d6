"""What a connection test tells, from the two jobs that it sent. No Odoo here.

A job is given as a dict of the fields of ``asterisk_plus.job`` named below.
"""

from datetime import timedelta

# How long after a job's end of life its answer may still be on the way: the sweeper's minute and the route back.
GRACE = timedelta(seconds=90)
CLOSED = ('done', 'failed', 'expired', 'cancelled')


def steps_of_test(ping, asterisk, now, words):
    """[{'name', 'state', 'text'}] in the order of the way; state: 'waiting', 'done', 'failed' or 'skipped'.

    ``words`` has the texts in the user's language, by the names that are used here.
    """
    door = _door(ping, words)
    agent = _answer(ping, now, words) if door['state'] == 'done' else _waits_for(door)
    other = _door(asterisk, words)
    if agent['state'] == 'done' and other['state'] == 'done':
        asterisk_step = _answer(asterisk, now, words)
    else:
        asterisk_step = _waits_for(agent if agent['state'] != 'done' else other)
    back = _back(ping, asterisk, words) if agent['state'] == 'done' else _waits_for(agent)
    named = (('door', door), ('agent', agent), ('asterisk', asterisk_step), ('back', back))
    return [{'name': words[name], **step} for name, step in named]


def is_over(steps):
    return all(step['state'] != 'waiting' for step in steps)


def _door(job, words):
    if job['sent_at'] or job['state'] == 'done':
        return _step('done', words['accepted'])
    if job['state'] in CLOSED:
        return _step('failed', job['error'] or words['not_sent'])
    return _step('waiting', job['error'] or '')


def _answer(job, now, words):
    if job['state'] == 'done':
        return _step('done', job['result'] or '')
    if job['state'] in CLOSED:
        return _step('failed', job['error'] or job['result'] or '')
    if now > job['expires_at'] + GRACE:
        return _step('failed', words['no_answer'])
    return _step('waiting', '')


def _back(ping, asterisk, words):
    if asterisk['state'] not in CLOSED:
        return _step('waiting', '')
    return _step('done', words['took'] % max(ping['duration'], asterisk['duration']))


def _waits_for(step):
    return _step('skipped' if step['state'] in ('failed', 'skipped') else 'waiting', '')


def _step(state, text):
    return {'state': state, 'text': text}
