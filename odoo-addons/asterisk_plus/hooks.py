"""What XML data cannot say for every supported Odoo at once."""

# Odoo 18 and later let an API key live as long as the user's groups allow. The agent's key must outlive
# any forgotten calendar entry; rotating it is the operator's decision.
API_KEY_DAYS = 3650

GROUPS = ('group_pbx_user', 'group_pbx_admin')


def post_init_hook(env):
    _section_of_groups(env)
    _life_of_api_keys(env)
    _endless_crons(env)
    _admins(env)


def _section_of_groups(env):
    """PBX user and PBX admin are one choice on the user's form; PBX server stays a box of its own."""
    category = env.ref('asterisk_plus.module_category_pbx')
    groups = env['res.groups'].union(*(env.ref(f'asterisk_plus.{name}') for name in GROUPS))
    if 'privilege_id' in env['res.groups']._fields:  # Odoo 19
        privilege = env['res.groups.privilege'].create({'name': 'PBX', 'category_id': category.id})
        env['ir.model.data'].create(
            {
                'module': 'asterisk_plus',
                'name': 'privilege_pbx',
                'model': privilege._name,
                'res_id': privilege.id,
                'noupdate': True,
            }
        )
        groups.privilege_id = privilege
    else:
        groups.category_id = category


def _life_of_api_keys(env):
    if 'api_key_duration' in env['res.groups']._fields:
        env.ref('asterisk_plus.group_pbx_server').api_key_duration = API_KEY_DAYS


def _endless_crons(env):
    """Odoo 17 runs a cron once unless told otherwise; later versions have no such field."""
    if 'numbercall' in env['ir.cron']._fields:
        for cron in ('cron_post_jobs', 'cron_fetch_recordings'):
            env.ref(f'asterisk_plus.{cron}').numbercall = -1


def _admins(env):
    """Who administers Odoo administers the PBX, until somebody says otherwise."""
    members = 'user_ids' if 'user_ids' in env['res.groups']._fields else 'users'
    admins = env.ref('base.user_root') | env.ref('base.user_admin')
    env.ref('asterisk_plus.group_pbx_admin').write({members: [(4, user.id) for user in admins]})
