import logging
import traceback

from odoo import api, exceptions, models
from odoo.exceptions import ValidationError
from psycopg2 import InterfaceError, OperationalError

from ..tools.batch_guard import BatchGuard
from ..tools.gateway_batch import check_batch
from ..tools.handler_call import HandlerCall
from ..tools.rpc import public_method

_logger = logging.getLogger(__name__)

# They say that the transaction is lost, whatever a handler did: only Odoo's own retry can help. Recorded as
# a handler's failure, the event would count as done.
TRANSACTION_LOST = tuple(
    error
    for error in (OperationalError, InterfaceError, getattr(exceptions, 'ConcurrencyError', None))
    if error is not None
)


class Server(models.Model):
    _inherit = 'asterisk_plus.server'

    @api.model
    def process_batch(self, batch):
        """Runs the handlers of a batch (core/contracts/gateway.ts) in this transaction, each exactly once.

        Handlers run as the calling user, a member of the group "PBX server", with
        ``asterisk_plus_server_id`` in the context. Returns the counts and lists of ``gatewayAnswerSchema``.
        """
        self._check_agent()
        try:
            check_batch(batch)
        except ValueError as error:
            raise ValidationError(str(error)) from error
        server = self.sudo().search([('pbx', '=', batch['pbx'])], limit=1)
        server.with_env(self.env)._check_told_by_agent()
        here = self.with_context(asterisk_plus_server_id=server.id)
        calls, skipped = here._calls_of_events(batch['events'], server)
        results = {('job', 0, result['jobId']): result for result in batch['results']}
        keys = [call.key for call in calls] + list(results)
        claimed = self.env['asterisk_plus.processed_item']._claim(batch['pbx'], keys)
        calls = here._unclaimed_once(calls, claimed)
        fresh = [result for key, result in results.items() if key in claimed]
        self.env['asterisk_plus.job']._take_results(server, fresh)
        calls += [HandlerCall.of_result(result) for result in fresh if result['callback'].get('res_method')]
        failed = here._run_calls(calls)
        return {
            'v': 1,
            'done': len(claimed) - len(failed),
            'duplicate': len(keys) - len(claimed),
            'skipped': skipped,
            'failed': [
                here._note_failure(batch['pbx'], server, call, error) for call, error in failed.items()
            ],
        }

    def _calls_of_events(self, items, server):
        """The handler calls in the order of the items, and what there is no handler for."""
        handlers = self._handlers({rule for item in items for rule in item['rules']}, server)
        calls, skipped = [], []
        for item in items:
            for rule in item['rules']:
                handler = handlers[rule]
                if isinstance(handler, str):
                    skipped.append(
                        {'epoch': item['epoch'], 'seq': item['seq'], 'rule': rule, 'reason': handler}
                    )
                else:
                    calls.append(HandlerCall.of_event(item, rule, *handler))
        return calls, skipped

    def _handlers(self, rule_ids, server):
        """Per rule id (model, method), or the reason why there is nothing to call."""
        ids = [int(rule) for rule in rule_ids if rule.isdecimal() and int(rule) < 2**31]
        rules = self.env['asterisk_plus.event'].sudo().browse(ids).exists()
        found = {str(rule.id): rule._handler_at(server) for rule in rules}
        return {rule: found.get(rule, 'there is no such rule') for rule in rule_ids}

    @staticmethod
    def _unclaimed_once(calls, claimed):
        """The calls whose key this transaction claimed; a key that came twice in one batch runs once."""
        left = set(claimed)
        chosen = []
        for call in calls:
            if call.key in left:
                left.discard(call.key)
                chosen.append(call)
        return chosen

    def _run_calls(self, calls):
        """Runs them in order; returns {call: (error, traceback)} of those that failed."""
        with BatchGuard(self.env.cr) as guard:
            if len(calls) > 1 and self._run_all_in_one_savepoint(calls, guard):
                return {}
            failed = {}
            for call in calls:
                error = self._run_in_savepoint(call, guard)
                if error:
                    failed[call] = error
            return failed

    def _run_all_in_one_savepoint(self, calls, guard):
        """The quick way, which nearly every batch takes. False: somebody failed, nothing was done."""
        try:
            with guard.savepoint(), self._settling_calls():
                for call in calls:
                    self._run_handler(call)
                    guard.check()
        except TRANSACTION_LOST:
            raise
        except Exception as error:
            guard.check()
            _logger.info(
                'A handler failed (%s): its batch runs again, one savepoint each', type(error).__name__
            )
            return False
        guard.check()
        return True

    def _run_in_savepoint(self, call, guard):
        """None, or (error, traceback). Leaving the savepoint flushes: a constraint blames its own handler."""
        try:
            with guard.savepoint():
                self._run_handler(call)
        except TRANSACTION_LOST:
            raise
        except Exception as error:
            guard.check()
            return f'{type(error).__name__}: {error}', traceback.format_exc()
        guard.check()
        return None

    def _run_handler(self, call):
        if call.model not in self.env:
            raise AttributeError(f'There is no model {call.model}')
        model = self.env[call.model]
        method = public_method(model, call.method)
        args, kwargs = call.arguments()
        method(model, *args, **kwargs)

    def _note_failure(self, pbx, server, call, error):
        failures = self.env['asterisk_plus.event_failure'].sudo()
        failure = failures._note(self.env.user, pbx, server, call, error)
        epoch, seq, rule = call.key
        return {'epoch': epoch, 'seq': seq, 'rule': rule, 'failure_id': failure.id, 'error': failure.error}
