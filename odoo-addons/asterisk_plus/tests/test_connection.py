from datetime import datetime, timedelta

from odoo import fields
from odoo.exceptions import AccessError
from odoo.tests import TransactionCase, tagged

from ..tools.test_steps import GRACE, is_over, steps_of_test
from .common import PbxCase

NOW = datetime(2026, 11, 26, 12, 0, 0)
WORDS = {
    name: name for name in ('door', 'agent', 'asterisk', 'back', 'accepted', 'not_sent', 'no_answer')
} | {'took': 'took %.1f'}


def job(state='queued', **values):
    sent_at = NOW if state in ('sent', 'done') else False
    expires_at = NOW + timedelta(seconds=30)
    return {
        'state': state,
        'error': False,
        'result': False,
        'duration': 0.0,
        'sent_at': sent_at,
        'expires_at': expires_at,
        **values,
    }


@tagged('asterisk_plus')
class TestSteps(TransactionCase):
    def steps(self, ping, asterisk, now=NOW):
        steps = steps_of_test(ping, asterisk, now, WORDS)
        return [step['state'] for step in steps], [step['text'] for step in steps], is_over(steps)

    def test_all_is_well(self):
        ping, asterisk = job('done', duration=0.4, result='pong'), job('done', duration=0.6, result='Success')
        states, texts, over = self.steps(ping, asterisk)
        self.assertEqual(states, ['done'] * 4)
        self.assertEqual(texts, ['accepted', 'pong', 'Success', 'took 0.6'])
        self.assertTrue(over)

    def test_on_the_way(self):
        self.assertEqual(self.steps(job(), job())[0], ['waiting'] * 4)
        self.assertEqual(self.steps(job('sent'), job('sent'))[0], ['done'] + ['waiting'] * 3)
        states, _, over = self.steps(job('done'), job('sent'))
        self.assertEqual(states, ['done', 'done', 'waiting', 'waiting'])
        self.assertFalse(over)

    def test_the_door(self):
        states, texts, over = self.steps(job('failed', error='bad key'), job('failed', error='bad key'))
        self.assertEqual((states, texts[0]), (['failed', 'skipped', 'skipped', 'skipped'], 'bad key'))
        self.assertTrue(over)
        states, texts, _ = self.steps(job(error='PBX hq offline since 12:00'), job())
        self.assertEqual((states[0], texts[0]), ('waiting', 'PBX hq offline since 12:00'))

    def test_an_agent_that_never_answers(self):
        late = NOW + timedelta(seconds=31) + GRACE
        states, texts, over = self.steps(job('sent'), job('sent'), late)
        self.assertEqual((states, texts[1]), (['done', 'failed', 'skipped', 'skipped'], 'no_answer'))
        self.assertTrue(over)
        expired = job('expired', sent_at=NOW, error='the PBX did not take it')
        self.assertEqual(self.steps(expired, expired)[0], ['done', 'failed', 'skipped', 'skipped'])

    def test_no_asterisk(self):
        asterisk = job('failed', sent_at=NOW, error='Asterisk is not connected', duration=0.2)
        states, texts, over = self.steps(job('done', duration=0.1), asterisk)
        self.assertEqual((states, texts[2]), (['done', 'done', 'failed', 'done'], 'Asterisk is not connected'))
        self.assertTrue(over)


@tagged('asterisk_plus')
class TestConnection(PbxCase):
    def test_the_test_sends_two_jobs_and_tells_of_them(self):
        action = self.server.with_user(self.admin).action_test()
        test = self.env[action['res_model']].with_user(self.admin).browse(action['res_id'])
        jobs = self.env['asterisk_plus.job'].search([], order='id')
        self.assertEqual(jobs.mapped('fun'), ['test.ping', 'asterisk.manager_action'])
        self.assertFalse(test.steps()['is_over'])
        jobs.write({'state': 'done', 'sent_at': fields.Datetime.now(), 'duration': 0.25, 'result': 'OK'})
        answer = test.steps()
        self.assertTrue(answer['is_over'])
        self.assertEqual([step['state'] for step in answer['steps']], ['done'] * 4)

    def test_it_is_for_admins(self):
        with self.assertRaises(AccessError):
            self.server.with_user(self.caller).action_test()
        test = self.env['asterisk_plus.connection_test'].browse(
            self.server.with_user(self.admin).action_test()['res_id']
        )
        for user in (self.caller, self.stranger):
            with self.assertRaises(AccessError):
                test.with_user(user).steps()
