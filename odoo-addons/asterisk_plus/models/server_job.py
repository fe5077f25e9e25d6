import logging

from odoo import _, models
from odoo.exceptions import AccessError, UserError, ValidationError

from ..tools.job_request import job_request
from ..tools.rpc import private, public_method

_logger = logging.getLogger(__name__)


class Server(models.Model):
    """Jobs for the PBX. Not callable over RPC: a job may run anything that the agent's policy allows."""

    _inherit = 'asterisk_plus.server'

    @private
    def local_job(
        self,
        fun,
        args=None,
        kwargs=None,
        timeout=6,
        res_model=None,
        res_method=None,
        res_notify_uid=None,
        res_notify_title='PBX',
        pass_back=None,
        raise_exc=True,
        *,
        callback_style=None,
        expires_in=None,
        quiet=False,
        arg=None,
        kwarg=None,
    ):
        """Sends a job to the PBX after this transaction's commit; a rolled-back one sends nothing.

        :param fun: ``asterisk.manager_action``, ``test.ping`` …
        :param args: a list, or one bare AMI action (``arg`` and ``kwarg`` are OdooPBX 1.0's names)
        :param timeout: seconds that the function may take
        :param res_model: with ``res_method``: the method that gets the result, as
            ``method(result, pass_back)``; ``callback_style='keyword'`` (or the server's setting) calls
            ``method(result, **pass_back)``
        :param res_notify_uid: the user to be told the outcome
        :param raise_exc: raise ValidationError for a job that cannot be sent, else log it and return False
        :param expires_in: seconds after which the job must not run (60 for an Originate, else 300)
        :param quiet: tell nobody when the job cannot be delivered
        :return: the row of the outbox (``asterisk_plus.job``)
        """
        try:
            self._check_can_send()
            self._check_notified(res_notify_uid)
            body = job_request(
                fun,
                args if args is not None else arg,
                kwargs if kwargs is not None else kwarg,
                timeout,
                {
                    **self._checked_callback(res_model, res_method),
                    'res_notify_uid': int(res_notify_uid) if res_notify_uid else False,
                    'res_notify_title': str(res_notify_title or 'PBX')[:256],
                    'pass_back': pass_back,
                    'callback_style': callback_style or self.sudo().callback_style,
                },
            )
        except (UserError, ValueError) as error:
            if raise_exc:
                raise error if isinstance(error, UserError) else ValidationError(str(error)) from error
            _logger.warning('Job %s for %s not sent: %s', fun, self, error)
            return False
        return self.env['asterisk_plus.job']._enqueue(self, body, expires_in=expires_in, quiet=quiet)

    @private
    def ami_action(self, action, timeout=5, no_wait=False, as_list=None, **kwargs):
        """Sends one AMI action; the keyword arguments are those of ``local_job``."""
        options = {'timeout': timeout}
        if as_list is not None:
            options['as_list'] = as_list
        return self.local_job('asterisk.manager_action', action, options, timeout=max(timeout, 6), **kwargs)

    def _check_can_send(self):
        if len(self) != 1:
            raise ValidationError(_('A job goes to one PBX server; there are %s here.', len(self)))
        if not self.sudo()._has_door():
            raise ValidationError(
                _('The PBX server %s is archived, or its door and API key are not set.', self.sudo().name)
            )

    def _check_notified(self, uid):
        if uid and not self.env['res.users'].sudo().browse(int(uid)).exists():
            raise ValidationError(_('There is no user %s to be notified.', uid))

    def _checked_callback(self, res_model, res_method):
        if not res_model and not res_method:
            return {}
        if not res_model or not res_method:
            raise ValidationError(_('A callback needs both res_model and res_method.'))
        if res_model not in self.env:
            raise ValidationError(_('There is no model %s to be called back.', res_model))
        try:
            public_method(self.env[res_model], res_method)
        except (AccessError, AttributeError) as error:
            raise ValidationError(str(error)) from error
        return {'res_model': res_model, 'res_method': res_method}

    def _ask_agents_to_reload(self):
        """The rules changed: every PBX learns them after this commit, once per transaction."""
        Job = self.env['asterisk_plus.job'].sudo()
        asked = Job._of_this_transaction().filtered(lambda job: job.fun == 'agent.reload_config').server_id
        for server in self.sudo().search([]) - asked:
            if server._has_door():
                server.local_job('agent.reload_config', quiet=True)
