"""Posts the rows of the outbox, each in a transaction of its own.

READ COMMITTED, unlike Odoo's usual REPEATABLE READ: while the door is being asked, the result may already
come in by another transaction, and what that one wrote must be seen.
"""

import logging

import requests
from odoo import SUPERUSER_ID, api
from odoo.modules.registry import Registry
from psycopg2.extensions import ISOLATION_LEVEL_READ_COMMITTED

_logger = logging.getLogger(__name__)


def post_after_commit(dbname, job_ids):
    """The post-commit hook. It never raises: the transaction is committed, its caller must not fail now."""
    try:
        # While modules are loaded the models may not be complete: the cron posts them.
        if Registry(dbname).ready:
            post_jobs(dbname, job_ids)
    except Exception:
        _logger.exception('The jobs of this transaction wait for the cron')


def post_jobs(dbname, job_ids):
    """Posts what is still queued of these; after a door out of reach the rest is left to the cron."""
    unreachable = set()
    with requests.Session() as session:
        for job_id in job_ids:
            try:
                _post_one(dbname, job_id, session, unreachable)
            except Exception:
                _logger.exception('Job %s could not be posted; the others can', job_id)


def _post_one(dbname, job_id, session, unreachable):
    with Registry(dbname).cursor() as cr:
        cr.connection.set_isolation_level(ISOLATION_LEVEL_READ_COMMITTED)
        job = api.Environment(cr, SUPERUSER_ID, {})['asterisk_plus.job'].browse(job_id).exists()
        # By address: the PBXs of one customer share a door, and each try costs its time-out.
        door = job.server_id.door_url
        if job and door not in unreachable and not job._post_locked(job_id, session):
            unreachable.add(door)
