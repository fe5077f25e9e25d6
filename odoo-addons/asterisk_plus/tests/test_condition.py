import json
import os
import unittest
import warnings

from odoo.tests import BaseCase, tagged

from ..tools.condition import ConditionError, check_condition

FIXTURES = 'core/contracts/fixtures/v1'


def fixture(name):
    """A fixture that the agent's tests use too; it lives outside of the addon."""
    here = os.path.dirname(os.path.realpath(__file__))
    folder = os.environ.get('ODOOPBX_FIXTURES') or os.path.join(here, '../../..', FIXTURES)
    path = os.path.join(folder, name)
    if not os.path.exists(path):
        raise unittest.SkipTest(f"{path} is not here: set ODOOPBX_FIXTURES to the checkout's {FIXTURES}")
    with open(path, encoding='utf-8') as file:
        return json.load(file)


@tagged('asterisk_plus')
class TestCondition(BaseCase):
    def test_accepts_what_the_agent_accepts(self):
        for case in fixture('conditions.json')['accept']:
            with self.subTest(case['condition']):
                check_condition(case['condition'])

    def test_accepts_nothing_that_python_does_not(self):
        with warnings.catch_warnings():
            warnings.simplefilter('ignore')
            for case in fixture('conditions.json')['accept']:
                source = case['condition'].strip()
                if source:
                    compile(source, 'condition', 'eval')

    def test_refuses_what_the_agent_refuses_at_the_same_column(self):
        for case in fixture('conditions.json')['refuse']:
            with self.subTest(case['condition'][:80], why=case['why']):
                with self.assertRaises(ConditionError) as caught:
                    check_condition(case['condition'])
                if case['column'] is not None:
                    self.assertEqual(caught.exception.column, case['column'], caught.exception)

    def test_deep_nesting_is_refused_before_python_gives_up(self):
        for source in (
            '(' * 2000 + '1' + ')' * 2000,
            'not ' * 1000 + '1',
            '[' * 500 + ']' * 500,
            '-' * 2000 + '1',
        ):
            with self.assertRaises(ConditionError):
                check_condition(source)
        check_condition('(' * 90 + 'event' + ')' * 90)
