"""One call of a handler: a rule's method with its event, or a job's callback with its result."""

from copy import deepcopy


class HandlerCall:
    """``key`` is (epoch, seq, rule), for a result ('job', 0, job id): what makes it run once."""

    def __init__(self, kind, key, at, model, method, payload):
        self.kind = kind
        self.key = key
        self.at = at
        self.model = model
        self.method = method
        # event: the AMI event; callback: {'result', 'pass_back', 'style'}
        self.payload = payload

    @classmethod
    def of_event(cls, item, rule, model, method):
        return cls('event', (item['epoch'], item['seq'], rule), item['at'], model, method, item['event'])

    @classmethod
    def of_result(cls, result):
        callback = result['callback']
        payload = {
            'result': result['result'],
            'pass_back': callback.get('pass_back'),
            'style': callback['style'],
        }
        key = ('job', 0, result['jobId'])
        return cls('callback', key, None, callback.get('res_model') or '', callback['res_method'], payload)

    def arguments(self):
        """(args, kwargs) of the call, copied: a handler that changes its event must not change that of the
        next one. OdooPBX 3 spreads pass_back over the method's parameters."""
        if self.kind == 'event':
            values = self.payload.items()
            return [{key: value[:] if isinstance(value, list) else value for key, value in values}], {}
        result, pass_back = deepcopy(self.payload['result']), deepcopy(self.payload['pass_back'])
        if self.payload['style'] == 'positional':
            return [result, pass_back], {}
        return [result], dict(pass_back or {})
