from odoo import _, models

SHOWN_LEADS = 5


class Call(models.Model):
    """Leads that a call is about: those of its contact, or with the number of its other side."""

    _inherit = 'asterisk_plus.call'

    def _popup_links(self):
        Lead = self.env['crm.lead']
        if not Lead.has_access('read'):
            return super()._popup_links()
        leads = Lead.search(self._open_leads_domain(), limit=SHOWN_LEADS)
        records = [{'id': lead.id, 'name': lead.name} for lead in leads]
        links = [{'title': _('Open leads'), 'model': 'crm.lead', 'records': records}] if records else []
        return super()._popup_links() + links

    def _records_to_log_on(self):
        """The lead too, where it is plain which one: the only open one."""
        records = super()._records_to_log_on()
        if self.direction == 'internal' or any(record._name == 'crm.lead' for record in records):
            return records
        leads = self.env['crm.lead'].search(self._open_leads_domain(), limit=2)
        return records + list(leads) if len(leads) == 1 else records

    def _open_leads_domain(self):
        call = self.sudo()
        number = call.called_number if call.direction == 'out' else call.calling_number
        who = [('phone_sanitized', '=', number)] if number else []
        if call.partner_id:
            # With the leads of the company that the contact works for.
            partners = call.partner_id | call.partner_id.commercial_partner_id
            who = ['|', *who, ('partner_id', 'in', partners.ids)] if who else [('partner_id', 'in', partners.ids)]
        if not who:
            return [(0, '=', 1)]
        return [*who, ('active', '=', True), ('stage_id.is_won', '=', False), ('company_id', 'in', [call.company_id.id, False])]
