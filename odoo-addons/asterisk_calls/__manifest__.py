{
    'name': 'Asterisk Calls',
    'summary': "Call statistics: the developer guide's example, as a working addon",
    'version': '1.0.0',
    'category': 'Phone',
    'author': 'odoopbx-serverless',
    'license': 'LGPL-3',
    'depends': ['asterisk_plus'],
    'data': [
        'security/ir.model.access.csv',
        'data/event.xml',
        'views/call.xml',
    ],
    'installable': True,
}
