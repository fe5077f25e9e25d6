from odoo import fields, models


class CrmLead(models.Model):
    _inherit = 'crm.lead'

    asterisk_plus_call_count = fields.Integer(
        string='Calls',
        compute='_compute_asterisk_plus_call_count',
        groups='asterisk_plus.group_pbx_user',
    )

    def _compute_asterisk_plus_call_count(self):
        for lead in self:
            lead.asterisk_plus_call_count = self.env['asterisk_plus.call'].search_count(
                lead._asterisk_plus_calls_domain()
            )

    def _asterisk_plus_calls_domain(self):
        """The calls made from the lead, and those with its number."""
        self.ensure_one()
        domain = ['&', ('res_model', '=', self._name), ('res_id', '=', self.id)]
        number = self.phone_sanitized
        if number:
            domain = ['|', '|', ('calling_number', '=', number), ('called_number', '=', number), *domain]
        return domain

    def action_asterisk_plus_calls(self):
        action = self.env['ir.actions.act_window']._for_xml_id('asterisk_plus.call_action')
        action['domain'] = self._asterisk_plus_calls_domain()
        action['context'] = {}
        return action
