import json

from odoo import _, api, fields, models

from ..tools.batch_guard import BatchGuard
from ..tools.handler_call import HandlerCall
from ..tools.rpc import check_visible
from ..tools.storable_text import storable, storable_json
from .server import _moment

TRACEBACK_LIMIT = 20_000
MOST_RETRIES = 200


class EventFailure(models.Model):
    """A handler or callback that raised: what it was given, why it failed, and a way to run it again."""

    _name = 'asterisk_plus.event_failure'
    _description = 'Event failure'
    _order = 'id desc'

    name = fields.Char(string='Event', readonly=True, help="The AMI event's name, or the callback's method.")
    kind = fields.Selection([('event', 'Event'), ('callback', 'Callback')], required=True, readonly=True)
    state = fields.Selection(
        [('failed', 'Failed'), ('solved', 'Solved'), ('dismissed', 'Dismissed')],
        required=True,
        default='failed',
        readonly=True,
        index=True,
    )
    server_id = fields.Many2one(
        'asterisk_plus.server', string='PBX', readonly=True, ondelete='set null', index=True
    )
    # No related field: a failure outlives its server, and still is its company's.
    company_id = fields.Many2one('res.company', readonly=True, ondelete='cascade', index='btree_not_null')
    user_id = fields.Many2one('res.users', string='Ran as', readonly=True, ondelete='cascade', required=True)
    pbx = fields.Char(string='PBX id', readonly=True)
    epoch = fields.Char(readonly=True)
    seq = fields.Char(readonly=True)
    rule = fields.Char(string='Rule or job', readonly=True)
    rule_id = fields.Many2one('asterisk_plus.event', string='Event rule', readonly=True, ondelete='set null')
    model = fields.Char(readonly=True)
    method = fields.Char(readonly=True)
    at = fields.Datetime(string='Happened at', readonly=True)
    payload = fields.Text(string='Data', readonly=True)
    error = fields.Char(readonly=True)
    traceback = fields.Text(readonly=True)
    retries = fields.Integer(readonly=True)

    @api.model_create_multi
    def create(self, vals_list):
        failures = super().create(vals_list)
        for failure in failures:
            failure.company_id = (failure.server_id or failure.user_id).company_id
        return failures

    @api.model
    def _note(self, user, pbx, server, call, error):
        epoch, seq, rule = call.key
        rules = self.env['asterisk_plus.event']
        if call.kind == 'event':
            rules = rules.browse(int(rule)).exists()
        return self.create(
            {
                'name': call.payload['Event'] if call.kind == 'event' else f'{call.model}.{call.method}',
                'kind': call.kind,
                'server_id': server.id,
                'user_id': user.id,
                'pbx': pbx,
                'epoch': epoch,
                'seq': str(seq),
                'rule': rule,
                'rule_id': rules.id,
                'model': call.model,
                'method': call.method,
                'at': _moment(call.at) if call.at is not None else fields.Datetime.now(),
                'payload': storable_json(call.payload),
                **self._error_fields(*error),
            }
        )

    @staticmethod
    def _error_fields(error, trace):
        return {'error': storable(error[:500]), 'traceback': storable(trace[-TRACEBACK_LIMIT:])}

    def action_retry(self):
        """Runs the handlers again, each in a savepoint; what succeeds is marked as solved."""
        check_visible(self)
        self.env['asterisk_plus.server']._check_admin()
        every = self.filtered(lambda failure: failure.state == 'failed').sorted('id')
        # All in one transaction, which must end before the web server loses patience.
        open_ones = every[:MOST_RETRIES]
        solved = sum(failure.sudo()._retry() for failure in open_ones)
        message = _('%(solved)s of %(all)s solved', solved=solved, all=len(open_ones))
        if len(every) > MOST_RETRIES:
            message += _('; %s were left for another retry', len(every) - MOST_RETRIES)
        return {
            'type': 'ir.actions.client',
            'tag': 'display_notification',
            'params': {
                'title': _('Retry'),
                'message': message,
                'type': 'success' if solved == len(open_ones) else 'warning',
                'next': {'type': 'ir.actions.client', 'tag': 'soft_reload'},
            },
        }

    def action_dismiss(self):
        check_visible(self)
        self.env['asterisk_plus.server']._check_admin()
        self.filtered(lambda failure: failure.state == 'failed').sudo().state = 'dismissed'
        return True

    def _retry(self):
        """Whether it went well now. The rule's model and method of today apply, and the PBX's agent user of today;
        the user of then where it has none of its own."""
        # sudo(): an ordinary user stays one in with_user(), which drops the superuser mode.
        servers = (
            self.env['asterisk_plus.server']
            .with_user(self.server_id.user_id or self.user_id)
            .with_context(asterisk_plus_server_id=self.server_id.id)
        )
        with BatchGuard(self.env.cr) as guard:
            error = servers._run_in_savepoint(self._call(), guard)
        self.retries += 1
        if error:
            self.write(self._error_fields(*error))
            return False
        self.state = 'solved'
        return True

    def _call(self):
        key = (self.epoch, int(self.seq), self.rule)
        current = self.rule_id or self
        return HandlerCall(self.kind, key, None, current.model, current.method, json.loads(self.payload))

    @api.autovacuum
    def _gc_closed_failures(self):
        self.env.cr.execute(
            "DELETE FROM asterisk_plus_event_failure WHERE state <> 'failed'"
            " AND write_date < (now() AT TIME ZONE 'UTC') - %s * interval '1 day'",
            (self.env['asterisk_plus.settings']._days('failure_days'),),
        )
