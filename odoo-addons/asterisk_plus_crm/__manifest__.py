{
    'name': 'Asterisk Plus CRM',
    'summary': 'Calls on leads and opportunities, open leads in the popup of an incoming call',
    'version': '1.0.0',
    'category': 'Phone',
    'author': 'odoopbx-serverless',
    'license': 'LGPL-3',
    'depends': ['asterisk_plus', 'crm'],
    'data': ['views/crm_lead.xml'],
    'auto_install': True,
    'installable': True,
}
