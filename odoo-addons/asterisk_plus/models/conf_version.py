import difflib

from odoo import api, fields, models

# Of long files the diff alone is kept short; the version itself is whole.
MAX_DIFF_LINES = 2000


class ConfVersion(models.Model):
    """A configuration file as it once was: who did what to it, and when."""

    _name = 'asterisk_plus.conf_version'
    _description = 'Version of a configuration file'
    _order = 'id desc'

    file_id = fields.Many2one('asterisk_plus.conf_file', required=True, ondelete='cascade', index=True)
    company_id = fields.Many2one(related='file_id.company_id', store=True)
    kind = fields.Selection(
        [
            ('got', 'Got from the PBX'),
            ('edited', 'Edited here'),
            ('put', 'Put on the PBX'),
            ('deleted', 'Deleted on the PBX'),
        ],
        string='What',
        required=True,
        readonly=True,
    )
    user_id = fields.Many2one('res.users', string='Who', readonly=True, ondelete='set null')
    content = fields.Text(readonly=True)
    diff = fields.Text(string='Changes', compute='_compute_diff', help='Against the version before.')

    @api.depends('content')
    def _compute_diff(self):
        for version in self:
            before = self.search([('file_id', '=', version.file_id.id), ('id', '<', version.id)], limit=1)
            lines = difflib.unified_diff(
                (before.content or '').splitlines(), (version.content or '').splitlines(), lineterm='', n=2
            )
            # The first two lines would name the files.
            shown = [line for line in lines][2 : MAX_DIFF_LINES + 2]
            version.diff = '\n'.join(shown) or False

    def restore(self):
        """The file here becomes this version again; the PBX has it once it is put."""
        self.ensure_one()
        self.file_id.write({'content': self.content})
        return {
            'type': 'ir.actions.act_window',
            'res_model': 'asterisk_plus.conf_file',
            'res_id': self.file_id.id,
            'view_mode': 'form',
        }
