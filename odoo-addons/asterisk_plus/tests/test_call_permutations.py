import random
from collections import Counter

from odoo.tests import tagged

from .call_sequences import CallCase, recorded

# Of every recorded call, and of the first ones of every kind.
PERMUTATIONS = 1
PERMUTATIONS_OF_FIRST = 4
FIRST = 1
REPEATED = 0.2


@tagged('asterisk_plus')
class TestCallPermutations(CallCase):
    """Whatever the order, however often: the same records, up to their ids."""

    def test_there_are_enough_calls_of_every_kind(self):
        kinds = Counter(sequence['scenario'] for sequence in recorded()['sequences'])
        self.assertGreaterEqual(sum(kinds.values()), 200)
        for kind in ('direct', 'busy', 'unanswered', 'blind-transfer', 'attended-transfer', 'queue'):
            self.assertGreaterEqual(kinds[kind], 10, kind)
        self.assertGreaterEqual(sum(kinds[kind] for kind in kinds if kind.startswith('click-')), 20)

    def test_any_order_leaves_the_same_records(self):
        seen = Counter()
        for index, sequence in enumerate(recorded()['sequences']):
            seen[sequence['scenario']] += 1
            first = seen[sequence['scenario']] <= FIRST
            self.use_telephones(sequence['users'])
            steps = self.steps_of(sequence)
            expected = self.records_after([steps])
            self.check_story(index, sequence, expected)
            for permutation in range(PERMUTATIONS_OF_FIRST if first else PERMUTATIONS):
                seed = f'{index}/{permutation}'
                batches = self.shuffled(steps, random.Random(seed))
                told = self.records_after(batches)
                self.assertEqual(told, expected, f'{sequence["scenario"]}, seed {seed}')

    def shuffled(self, steps, rng):
        repeated = steps + [step for step in steps if rng.random() < REPEATED]
        rng.shuffle(repeated)
        batches = []
        while repeated:
            size = rng.randint(1, 20)
            batches.append(repeated[:size])
            repeated = repeated[size:]
        return batches

    def records_after(self, batches):
        """The records when the batches were taken; nothing of them stays."""
        savepoint = self.env.cr.savepoint()
        for batch in batches:
            self.take(batch)
            self.env.flush_all()
            self.env.invalidate_all()
        told = self.snapshot()
        savepoint.close(rollback=True)
        self.env.invalidate_all(flush=False)
        return told

    def check_story(self, index, sequence, records):
        expected = sequence['expected']
        about = f'{sequence["scenario"]} ({index})'
        self.assertEqual(len(records), 1, about)
        call = records[0]['call']
        user = {endpoint: telephone.user_id.id for endpoint, telephone in self.telephones.items()}
        story = {
            'direction': call['direction'],
            'status': call['status'],
            'calling': call['calling_user_id'],
            'called': call['called_user_ids'],
            'answeredBy': call['answered_user_id'],
            'transferred': call['is_transferred'],
        }
        calling, answered_by = expected.get('calling'), expected.get('answeredBy')
        self.assertEqual(
            story,
            {
                'direction': expected['direction'],
                'status': expected['status'],
                'calling': [user[calling]] if calling else [],
                'called': sorted(user[endpoint] for endpoint in expected['called']),
                'answeredBy': [user[answered_by]] if answered_by else [],
                'transferred': expected.get('transferred', False),
            },
            about,
        )
        self.assertFalse(call['is_active'], about)
