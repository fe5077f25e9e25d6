import { expect, test } from 'vitest';
import { Passages } from '#standalone/page-server/passages.ts';

const event = {
  Event: 'Hangup',
  EventTime: 1,
  Uniqueid: 'a',
  Channel: 'PJSIP/1-1',
  'Cause-txt': 'User busy',
};

test('one event keeps its row from stage to stage; other rules make another row', () => {
  const passages = new Passages();
  passages.move(event, ['5'], 'spooled', 1000);
  const [first] = passages.flush()!.passages;
  expect(first).toMatchObject({
    name: 'Hangup',
    summary: 'PJSIP/1-1 · User busy',
    stage: 'spooled',
    after: 0,
  });
  passages.move(event, ['5'], 'published', 1100);
  passages.move(event, ['9'], 'failed', 1200, 'no template');
  const { passages: moved } = passages.flush()!;
  expect(moved.find((one) => one.id === first!.id)).toMatchObject({ stage: 'published', after: 100 });
  expect(moved.find((one) => one.id !== first!.id)).toMatchObject({ stage: 'failed', error: 'no template' });
  expect(passages.flush()).toBeUndefined();
});

test('a flood is counted, not shown', () => {
  const passages = new Passages();
  for (let n = 0; n < 1000; n++) passages.move({ ...event, Uniqueid: String(n) }, [], 'received', 1000);
  const flushed = passages.flush()!;
  expect(flushed.passages).toHaveLength(120);
  expect(flushed.notShown).toBe(880);
});
