import re

from odoo import _, api, fields, models
from odoo.exceptions import AccessError, ValidationError

from ..tools.condition import ConditionError, check_condition
from ..tools.rpc import public_method

_name = re.compile(r'[A-Za-z0-9_-]{1,64}')
_model = re.compile(r'[a-z0-9_.]{1,128}')
_method = re.compile(r'[A-Za-z0-9][A-Za-z0-9_]{0,127}')

# What the agents know of a rule, and what its handler is.
RULE_FIELDS = {'name', 'source', 'model', 'method', 'delay', 'condition', 'is_enabled'}


class Event(models.Model):
    """An event rule: when this AMI event comes and the condition holds, call this method with it."""

    _name = 'asterisk_plus.event'
    _description = 'Event rule'
    _order = 'name, delay, id'

    name = fields.Char(string='Event', required=True, help='The AMI event, as Asterisk spells it.')
    source = fields.Selection([('AMI', 'AMI')], required=True, default='AMI')
    model = fields.Char(required=True)
    method = fields.Char(required=True, help='A public method that takes the event: def method(self, event)')
    delay = fields.Float(string='Delay (s)', default=0, help='Seconds that the agent holds the event back.')
    condition = fields.Char(
        help="A Python expression over event, for example event['Disposition'] == 'ANSWERED'"
    )
    is_enabled = fields.Boolean(string='Enabled', default=True)
    description = fields.Char()
    warning = fields.Char(compute='_compute_warning', help='Why the rule calls nothing for now.')

    @api.depends('model', 'method')
    def _compute_warning(self):
        for rule in self:
            problem = rule._problem_of_handler()
            rule.warning = problem or False

    @api.constrains('name', 'model', 'method', 'delay')
    def _check_fields(self):
        for rule in self:
            if not _name.fullmatch(rule.name):
                raise ValidationError(_('%s is no name of an AMI event.', rule.name))
            if not _model.fullmatch(rule.model):
                raise ValidationError(_('%s is no name of a model.', rule.model))
            if not _method.fullmatch(rule.method):
                raise ValidationError(_('%s is no public method: it must not begin with "_".', rule.method))
            if not 0 <= rule.delay <= 3600:
                raise ValidationError(_('The delay is 0 to 3600 seconds.'))

    @api.constrains('condition')
    def _check_condition(self):
        for rule in self:
            try:
                check_condition(rule.condition or '')
            except ConditionError as error:
                raise ValidationError(
                    _(
                        'The condition of the rule for %(event)s is refused at column %(column)s: %(reason)s',
                        event=rule.name,
                        column=error.column,
                        reason=error.message,
                    )
                ) from error

    def _handler(self):
        """(model, method) to be called now, or the reason why there is nothing to call."""
        if not self.is_enabled:
            return 'the rule is disabled'
        return self._problem_of_handler() or (self.model, self.method)

    def _problem_of_handler(self):
        if not self.model or not self.method:
            return ''
        if self.model not in self.env:
            return _('there is no model %s', self.model)
        try:
            public_method(self.env[self.model], self.method)
        except (AccessError, AttributeError) as error:
            return str(error)
        return ''

    @api.model_create_multi
    def create(self, vals_list):
        rules = super().create(vals_list)
        self.env['asterisk_plus.server']._ask_agents_to_reload()
        return rules

    def write(self, vals):
        done = super().write(vals)
        if RULE_FIELDS & vals.keys():
            self.env['asterisk_plus.server']._ask_agents_to_reload()
        return done

    def unlink(self):
        done = super().unlink()
        self.env['asterisk_plus.server']._ask_agents_to_reload()
        return done

    def _load_records_write(self, values):
        """An update of the module that ships a rule must not enable what an admin disabled."""
        return super()._load_records_write({key: values[key] for key in values if key != 'is_enabled'})

    def action_apply_now(self):
        """Makes every agent ask for the rules now."""
        servers = self.env['asterisk_plus.server']
        servers._check_admin()
        servers._ask_agents_to_reload()
        return True
