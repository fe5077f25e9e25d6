from odoo import _, api, fields, models
from odoo.exceptions import AccessError


class Event(models.Model):
    """Whose PBXs a rule is for: of one company, or of all where it names none.

    Modules ship their rules for all. A rule hands calls to a method of the admin's choice, so the rules for all
    may be changed by those alone who may see every company that has a PBX.
    """

    _inherit = 'asterisk_plus.event'

    company_id = fields.Many2one(
        'res.company',
        default=lambda self: self._default_company(),
        ondelete='cascade',
        index='btree_not_null',
        help='The rule is for the PBXs of this company; empty: of all companies.',
    )

    def _default_company(self):
        """None where the admin may change rules for all, so that a single company never thinks of it."""
        return False if self._may_change_for_all() else self.env.company

    @api.model
    def _may_change_for_all(self):
        if self.env.su:
            return True
        servers = self.env['asterisk_plus.server'].sudo().with_context(active_test=False)
        companies = servers.search([('company_id', 'not in', self.env.user.company_ids.ids)]).company_id
        return not companies

    def _check_for_all(self):
        if any(not rule.company_id for rule in self) and not self._may_change_for_all():
            raise AccessError(
                _('A rule for all companies can be changed only by who may see all companies that have a PBX.')
            )

    @api.model_create_multi
    def create(self, vals_list):
        rules = super().create(vals_list)
        rules._check_for_all()
        return rules

    def write(self, vals):
        self._check_for_all()
        done = super().write(vals)
        self._check_for_all()
        return done

    def unlink(self):
        self._check_for_all()
        return super().unlink()

    def _handler_at(self, server):
        """As ``_handler``, for an event of this PBX."""
        if self.company_id and server.company_id != self.company_id:
            return 'the rule is for another company'
        return self._handler()
