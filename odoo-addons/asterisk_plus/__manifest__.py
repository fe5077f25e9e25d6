{
    'name': 'Asterisk Plus',
    'summary': 'Asterisk events call Odoo methods, Odoo methods send jobs to Asterisk',
    'version': '1.0.0',
    'category': 'Phone',
    'author': 'odoopbx-serverless',
    'license': 'LGPL-3',
    'depends': ['bus', 'web'],
    'data': [
        'security/groups.xml',
        'security/ir.model.access.csv',
        'security/rules.xml',
        'security/rules_console.xml',
        'data/cron.xml',
        'data/console_event.xml',
        'views/server.xml',
        'views/event.xml',
        'views/job.xml',
        'views/event_failure.xml',
        'views/menu.xml',
        'views/console.xml',
    ],
    'assets': {
        'web.assets_backend': [
            'asterisk_plus/static/src/console/**/*',
        ],
        # Made by `npm run addons`; fetched when somebody opens a console.
        'asterisk_plus.assets_console': [
            'asterisk_plus/static/lib/console/console.*',
        ],
    },
    'post_init_hook': 'post_init_hook',
    'application': True,
    'installable': True,
}
