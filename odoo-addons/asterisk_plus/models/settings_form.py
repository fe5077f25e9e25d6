import re

from odoo import _, api, fields, models
from odoo.exceptions import ValidationError

# Per field: the default, the least and the most.
DAYS = {
    'job_days': (30, 1, 3650),
    'failure_days': (90, 1, 3650),
    'call_event_days': (365, 1, 36500),
    # A replay from the bus archive, the inbox (14 days) and the spool (7 days) must find their keys.
    'processed_item_days': (45, 30, 3650),
}
DEBUG = 'asterisk_plus.debug'
CONTEXT = 'asterisk_plus.originate_context'

_context = re.compile(r'[A-Za-z0-9_.-]{1,79}')


class Settings(models.TransientModel):
    """What a PBX admin sets for the whole database; kept as system parameters ``asterisk_plus.*``.

    Not a page of Odoo's own settings: only system administrators may save those.
    """

    _name = 'asterisk_plus.settings'
    _description = 'PBX settings'

    debug = fields.Boolean(
        string='Trace handlers and callbacks',
        help="What debug() is given is logged at level INFO: it holds numbers and names of callers.",
    )
    originate_context = fields.Char(
        string='Dialplan context of new servers', required=True, help='Where their clicked numbers are dialled.'
    )
    job_days = fields.Integer(string='Jobs', required=True)
    failure_days = fields.Integer(string='Solved and dismissed failures', required=True)
    call_event_days = fields.Integer(string="Calls' logs", required=True)
    processed_item_days = fields.Integer(
        string='Keys of processed events',
        required=True,
        help='Within this time an event that is delivered again is known and does nothing.',
    )

    @api.model
    def _days(self, name):
        """How many days to keep something (a name of DAYS)."""
        default, least, most = DAYS[name]
        value = self.env['ir.config_parameter'].sudo().get_param(f'asterisk_plus.{name}')
        try:
            return min(max(int(value or default), least), most)
        except ValueError:
            return default

    @api.model
    def _originate_context(self):
        return self.env['ir.config_parameter'].sudo().get_param(CONTEXT) or 'from-internal'

    @api.model
    def default_get(self, fields_list):
        values = super().default_get(fields_list)
        values.update({name: self._days(name) for name in DAYS if name in fields_list})
        if 'debug' in fields_list:
            values['debug'] = bool(self.env['ir.config_parameter'].sudo().get_param(DEBUG))
        if 'originate_context' in fields_list:
            values['originate_context'] = self._originate_context()
        return values

    @api.depends('debug')
    def _compute_display_name(self):
        self.display_name = _('PBX settings')

    @api.constrains(*DAYS)
    def _check_days(self):
        for settings in self:
            for name, (_default, least, most) in DAYS.items():
                if not least <= settings[name] <= most:
                    raise ValidationError(
                        _(
                            '%(what)s: %(days)s days are not possible; they are kept %(least)s to %(most)s days.',
                            what=self._fields[name]._description_string(self.env),
                            days=settings[name],
                            least=least,
                            most=most,
                        )
                    )

    @api.constrains('originate_context')
    def _check_originate_context(self):
        for settings in self:
            if not _context.fullmatch(settings.originate_context):
                raise ValidationError(_('%s is no dialplan context.', settings.originate_context))

    def write(self, vals):
        """What is saved in the form applies."""
        done = super().write(vals)
        self.ensure_one()
        self.env['asterisk_plus.server']._check_admin()
        parameters = self.env['ir.config_parameter'].sudo()
        for name in DAYS.keys() & vals.keys():
            parameters.set_param(f'asterisk_plus.{name}', str(self[name]))
        if 'originate_context' in vals:
            parameters.set_param(CONTEXT, self.originate_context)
        if 'debug' in vals:
            parameters.set_param(DEBUG, 'True' if self.debug else False)
        return done

    @api.model
    def action_open(self):
        return {
            'type': 'ir.actions.act_window',
            'name': _('PBX settings'),
            'res_model': self._name,
            'res_id': self.create({}).id,
            'view_mode': 'form',
        }
