import json
import logging
import uuid
from datetime import datetime, timedelta, timezone

import psycopg2
import requests
from odoo import _, api, fields, models
from odoo.exceptions import UserError

from ..tools.door import post_job
from ..tools.job_request import life_of
from ..tools.outbox import post_after_commit, post_jobs
from ..tools.result_text import failure_reason, in_words
from ..tools.rpc import check_visible

_logger = logging.getLogger(__name__)

TRANSACTION_JOBS = 'asterisk_plus.job_ids'
FIRST_RETRY_SECONDS = 5
LONGEST_RETRY_SECONDS = 60

# The log is bounded whatever the number of days to keep.
MOST_JOBS = 100_000
LONGEST_KEPT_BODY = 20_000


class Job(models.Model):
    """The outbox: what Odoo asks of a PBX. Written in the transaction, posted to the door after its commit.

    queued → sent → done or failed or expired; queued → failed (the door refused it for good), expired
    (never accepted in time) or cancelled.
    """

    _name = 'asterisk_plus.job'
    _description = 'PBX job'
    _order = 'id desc'
    _rec_name = 'fun'

    server_id = fields.Many2one(
        'asterisk_plus.server', string='PBX', required=True, readonly=True, ondelete='cascade', index=True
    )
    fun = fields.Char(string='Function', required=True, readonly=True)
    state = fields.Selection(
        [
            ('queued', 'Queued'),
            ('sent', 'Sent'),
            ('done', 'Done'),
            ('failed', 'Failed'),
            ('expired', 'Expired'),
            ('cancelled', 'Cancelled'),
        ],
        required=True,
        default='queued',
        readonly=True,
        index=True,
    )
    body = fields.Text(readonly=True, help='What is posted to the door.')
    res_model = fields.Char(string='Callback model', readonly=True)
    res_method = fields.Char(string='Callback method', readonly=True)
    res_notify_uid = fields.Many2one('res.users', string='Notify', readonly=True, ondelete='set null')
    quiet = fields.Boolean(readonly=True, help='Tell nobody when it cannot be delivered.')
    idempotency_key = fields.Char(readonly=True, copy=False)
    expires_at = fields.Datetime(string='Expires at', readonly=True)
    attempts = fields.Integer(readonly=True)
    next_attempt_at = fields.Datetime(readonly=True)
    door_job_id = fields.Char(string='Job id', readonly=True, copy=False)
    error = fields.Char(readonly=True)
    sent_at = fields.Datetime(string='Sent at', readonly=True)
    finished_at = fields.Datetime(string='Finished at', readonly=True)
    result = fields.Text(readonly=True)
    duration = fields.Float(string='Seconds', readonly=True, help='From the request to its result.')

    def init(self):
        self.env.cr.execute("""
            CREATE UNIQUE INDEX IF NOT EXISTS asterisk_plus_job_door_job_unique
                ON asterisk_plus_job (server_id, door_job_id) WHERE door_job_id IS NOT NULL;
            CREATE INDEX IF NOT EXISTS asterisk_plus_job_queued
                ON asterisk_plus_job (next_attempt_at) WHERE state = 'queued';
        """)

    # In the transaction that asks for the job

    @api.model
    def _enqueue(self, server, body, expires_in=None, quiet=False):
        """Writes the row, which is posted after the commit. Returns it with the caller's rights."""
        now = fields.Datetime.now()
        expires_at = now + timedelta(seconds=expires_in or life_of(body))
        body['expires_at'] = expires_at.replace(tzinfo=timezone.utc).timestamp()
        job = self.sudo().create(
            {
                'server_id': server.id,
                'fun': body['fun'],
                'body': json.dumps(body, ensure_ascii=False),
                'res_model': body.get('res_model'),
                'res_method': body.get('res_method'),
                'res_notify_uid': body.get('res_notify_uid'),
                'quiet': quiet,
                'idempotency_key': str(uuid.uuid4()),
                'expires_at': expires_at,
                'next_attempt_at': now,
            }
        )
        self._post_after_commit(job)
        return job.sudo(False)

    def _post_after_commit(self, job):
        """One hook per transaction. It posts the rows that it can read then: a savepoint rolled back in
        between took its rows along, so that what ran again is sent once."""
        pending = self.env.cr.postcommit.data
        if TRANSACTION_JOBS not in pending:
            ids = pending[TRANSACTION_JOBS] = []
            dbname = self.env.cr.dbname
            self.env.cr.postcommit.add(lambda: post_after_commit(dbname, ids))
        pending[TRANSACTION_JOBS].append(job.id)

    @api.model
    def _of_this_transaction(self):
        return self.browse(self.env.cr.postcommit.data.get(TRANSACTION_JOBS, ())).exists()

    def action_cancel(self):
        check_visible(self)
        self.env['asterisk_plus.server']._check_admin()
        queued = self.filtered(lambda job: job.state == 'queued')
        if not queued:
            raise UserError(_('Only a queued job can be cancelled: the others are on their way.'))
        queued.sudo().write({'state': 'cancelled', 'finished_at': fields.Datetime.now()})
        return True

    # After the commit

    @api.model
    def _cron_post_queued(self):
        """What the post-commit hook could not deliver, or did not live to deliver."""
        self.env.cr.execute(
            "SELECT id FROM asterisk_plus_job WHERE state = 'queued' AND next_attempt_at <= %s"
            ' ORDER BY id LIMIT 200',
            (fields.Datetime.now(),),
        )
        post_jobs(self.env.cr.dbname, [job_id for (job_id,) in self.env.cr.fetchall()])

    @api.model
    def _post_locked(self, job_id, session=None):
        """Posts a queued row under its lock: hook and cron never both do. False: no door in reach."""
        self.flush_model(['state'])
        self.env.cr.execute(
            "SELECT id FROM asterisk_plus_job WHERE id = %s AND state = 'queued' FOR UPDATE SKIP LOCKED",
            (job_id,),
        )
        if not self.env.cr.fetchall():
            return True
        return self.browse(job_id)._post(session or requests.Session())

    def _post(self, session):
        server = self.server_id
        if self.expires_at <= fields.Datetime.now():
            return self._give_up('expired', self.error or _('It could not be delivered in time.'))
        if not server._has_door():
            return self._give_up(
                'failed', _('The PBX server is archived, or its door and API key are not set.')
            )
        answer = post_job(
            session,
            server._door_address(),
            server.api_key,
            self.env['ir.config_parameter'].get_param('database.uuid'),
            self.idempotency_key,
            self.body,
        )
        self.attempts += 1
        if answer.outcome == 'sent':
            self._mark_sent(answer.job_id)
        elif answer.outcome == 'refused':
            self._give_up('failed', answer.text)
        else:
            self._try_later(answer)
        return answer.outcome != 'retry' or answer.spoke

    def _mark_sent(self, door_job_id):
        self.write({'state': 'sent', 'sent_at': fields.Datetime.now(), 'error': False})
        try:
            with self.env.cr.savepoint():
                self.env.cr.execute(
                    'UPDATE asterisk_plus_job SET door_job_id = %s WHERE id = %s',
                    (door_job_id, self.id),
                    log_exceptions=False,
                )
            self.invalidate_recordset(['door_job_id'])
        except psycopg2.errors.UniqueViolation:
            self._take_early_result(door_job_id)

    def _take_early_result(self, door_job_id):
        """The result was quicker than the door's answer: process_batch left a row for it. (This transaction
        is READ COMMITTED, see outbox: it sees that row.)"""
        self.env.cr.execute(
            'DELETE FROM asterisk_plus_job WHERE server_id = %s AND door_job_id = %s AND id <> %s'
            ' RETURNING state, result, error, finished_at',
            (self.server_id.id, door_job_id, self.id),
        )
        early = self.env.cr.fetchone()
        self.write({'door_job_id': door_job_id})
        if early:
            state, result, error, finished_at = early
            self._finish(state, result, error, finished_at)

    def _try_later(self, answer):
        wait = min(FIRST_RETRY_SECONDS * 2 ** (self.attempts - 1), LONGEST_RETRY_SECONDS)
        at = fields.Datetime.now() + timedelta(seconds=wait)
        first = not self.error
        self.write({'next_attempt_at': at, 'error': answer.text})
        cron = self.env.ref('asterisk_plus.cron_post_jobs', raise_if_not_found=False)
        if cron:
            cron._trigger(at)
        if first:
            self._tell_user(_('%s (It is tried again.)', answer.text))

    def _give_up(self, state, error):
        self.write({'state': state, 'error': error, 'finished_at': fields.Datetime.now()})
        self._tell_user(error)
        return True

    # When the result comes

    @api.model
    def _take_results(self, server, results):
        """Notes the results on their rows and tells the users who wait for them."""
        rows = self.sudo()
        ids = [result['jobId'] for result in results]
        known = {
            job.door_job_id: job
            for job in rows.search([('server_id', '=', server.id), ('door_job_id', 'in', ids)])
        }
        for result in results:
            job = known.get(result['jobId'], rows)
            reason = failure_reason(result['status'], result['result'])
            state = _state_of(result['status'], reason)
            text = in_words(result['result'])
            if job:
                job._finish(state, text, reason, _now())
            elif server:
                rows._note_early_result(server, result, state, text, reason)
            self._notify(job, result['callback'], reason, text)

    def _finish(self, state, result, error, finished_at):
        self.write(
            {
                'state': state,
                'result': result,
                'error': error or False,
                'finished_at': finished_at,
                'duration': max(0, (finished_at - self.create_date).total_seconds()),
            }
        )

    def _note_early_result(self, server, result, state, text, reason):
        """A result without a row: the hook has not noted the job's id yet, or the job came from elsewhere (a
        webhook). DO NOTHING: when the hook just commits the id, Odoo runs this transaction again."""
        self.env.cr.execute(
            """
            INSERT INTO asterisk_plus_job
                (server_id, fun, state, door_job_id, result, error, finished_at,
                 create_uid, create_date, write_date)
            VALUES (%s, %s, %s, %s, %s, %s, %s, %s, now() AT TIME ZONE 'UTC', now() AT TIME ZONE 'UTC')
            ON CONFLICT DO NOTHING
            """,
            (server.id, result['fun'], state, result['jobId'], text, reason or None, _now(), self.env.uid),
        )

    def _notify(self, job, callback, reason, text):
        """On success only who asked for it; on failure also who caused a job that nobody handles."""
        uid = callback.get('res_notify_uid')
        if not uid and reason and job and not job.quiet and not callback.get('res_method'):
            uid = job.create_uid.id
        if uid:
            title = callback.get('res_notify_title') or 'PBX'
            self.env['res.users'].sudo().asterisk_plus_notify(
                reason or text, title, uid, warning=bool(reason)
            )

    def _tell_user(self, message):
        user = self.res_notify_uid or self.create_uid
        if user and not self.quiet:
            title = json.loads(self.body).get('res_notify_title') or 'PBX'
            self.env['res.users'].sudo().asterisk_plus_notify(message, title, user.id, warning=True)

    @api.autovacuum
    def _gc_finished_jobs(self):
        days = self.env['asterisk_plus.settings']._days('job_days')
        self.env.cr.execute(
            "DELETE FROM asterisk_plus_job WHERE state <> 'queued'"
            " AND create_date < (now() AT TIME ZONE 'UTC') - %s * interval '1 day'",
            (days,),
        )
        self.env.cr.execute(
            """
            DELETE FROM asterisk_plus_job
             WHERE state NOT IN ('queued', 'sent')
               AND id <= (SELECT id FROM asterisk_plus_job ORDER BY id DESC OFFSET %s LIMIT 1)
            """,
            (MOST_JOBS,),
        )
        # A configuration file or the like: the log tells what came of it, not what it was.
        self.env.cr.execute(
            """
            UPDATE asterisk_plus_job SET body = NULL
             WHERE state NOT IN ('queued', 'sent') AND octet_length(body) > %s
               AND create_date < (now() AT TIME ZONE 'UTC') - interval '1 day'
            """,
            (LONGEST_KEPT_BODY,),
        )


def _now():
    """UTC with fractions, as PostgreSQL's timestamps of creation have them."""
    return datetime.now(timezone.utc).replace(tzinfo=None)


def _state_of(status, reason):
    if status == 'expired':
        return 'expired'
    return 'failed' if reason else 'done'
