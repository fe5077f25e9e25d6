import { byId, el, setText, show, span } from './dom.js';

const stages = [
  ['received', 'Heard by the agent'],
  ['wanted', 'Wanted by a rule'],
  ['spooled', 'On the PBX’s disk'],
  ['published', 'On the bus'],
  ['routed', 'Routed'],
  ['odoo', 'Handled in Odoo'],
];

const list = byId('pipeline');
const nodes = new Map(
  stages.map(([key, name]) => {
    const value = el('div', { className: 'value' }, '0');
    const note = el('div', { className: 'note' });
    const node = el(
      'li',
      { className: 'stage', 'data-stage': key },
      el('div', { className: 'name' }, name),
      value,
      note,
    );
    list.append(node);
    return [key, { node, value, note }];
  }),
);

let before;

function notesOf({ agent, inbox, outcomes, at }) {
  const spool = agent.spool.items;
  const failed = outcomes.failed + outcomes.parked;
  const waits = inbox.waiting > 0 && inbox.oldestAt !== null && at - inbox.oldestAt > 2000;
  return {
    received: [
      agent.ami.state === 'connected' ? 'AMI connected' : 'AMI is away',
      agent.ami.state !== 'connected',
    ],
    wanted: [`${agent.counts.conditionErrors} conditions failed`, agent.counts.conditionErrors > 0],
    spooled: [spool > 0 ? `${spool} wait in the spool` : 'spool empty', spool > 200],
    published: [waits ? `${inbox.waiting} wait for Odoo` : 'inbox empty', waits],
    routed: [`${outcomes.skipped} skipped, ${outcomes.duplicate} repeated`, false],
    odoo: [failed > 0 ? `${failed} failed` : 'none failed', failed > 0],
  };
}

/** Counters, what waits where, and an arrow that moves while something flows. */
export function renderPipeline(snapshot) {
  const notes = notesOf(snapshot);
  const seconds = before ? Math.max(0.2, (snapshot.at - before.at) / 1000) : 1;
  for (const [key, { node, value, note }] of nodes) {
    const count = snapshot.pipeline[key];
    const rate = before ? (count - before.pipeline[key]) / seconds : 0;
    setText(value, count.toLocaleString());
    const [text, warn] = notes[key];
    setText(note, rate >= 0.5 && !warn ? `${rate.toFixed(rate < 10 ? 1 : 0)} a second` : text);
    note.classList.toggle('warn', warn);
    node.classList.toggle('flowing', rate > 0);
    node.classList.toggle('halted', key === 'routed' && snapshot.odoo.retry !== null);
  }
  before = snapshot;

  const { retry } = snapshot.odoo;
  const banner = byId('banner');
  show(banner, retry !== null);
  if (retry) {
    const wait = span(Math.max(0, retry.until - snapshot.at));
    setText(
      banner,
      `Odoo can not take events now (${retry.code}): ${retry.message}. ` +
        `${snapshot.inbox.waiting} messages wait in order; next try in ${wait}.`,
    );
  }
}
