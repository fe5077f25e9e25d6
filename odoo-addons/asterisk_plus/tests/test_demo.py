from odoo.tests import tagged
from odoo.tools.convert import convert_file

from .common import PbxCase


@tagged('asterisk_plus')
class TestDemo(PbxCase):
    def test_the_demo_data_loads_and_rings_nobody(self):
        convert_file(self.env, 'asterisk_plus', 'demo/demo.xml', {}, mode='init', noupdate=True)
        server = self.env.ref('asterisk_plus.demo_server')
        self.assertFalse(server._has_door())
        self.assertFalse(self.env['asterisk_plus.job'].search([('server_id', '=', server.id)]))
        calls = self.env['asterisk_plus.call'].search([('server_id', '=', server.id)])
        self.assertEqual(len(calls), 3)
        self.assertFalse(any(calls.mapped('is_active')))
