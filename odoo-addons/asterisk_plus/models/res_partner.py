from odoo import fields, models


class ResPartner(models.Model):
    _inherit = 'res.partner'

    asterisk_plus_call_count = fields.Integer(
        string='Calls',
        compute='_compute_asterisk_plus_call_count',
        groups='asterisk_plus.group_pbx_user',
    )

    def _compute_asterisk_plus_call_count(self):
        """A company's calls are also those of its contacts."""
        self.asterisk_plus_call_count = 0
        contacts = self._asterisk_plus_contacts()
        counts = self.env['asterisk_plus.call']._read_group(
            [('partner_id', 'in', contacts.ids)], ['partner_id'], ['__count']
        )
        for partner, count in counts:
            while partner:
                if partner in self:
                    partner.asterisk_plus_call_count += count
                partner = partner.parent_id

    def _asterisk_plus_contacts(self):
        Partner = self.with_context(active_test=False)
        return Partner.search_fetch([('id', 'child_of', self.ids)], ['parent_id'])

    def action_asterisk_plus_calls(self):
        action = self.env['ir.actions.act_window']._for_xml_id('asterisk_plus.call_action')
        action['domain'] = [('partner_id', 'in', self._asterisk_plus_contacts().ids)]
        action['context'] = {}
        return action
