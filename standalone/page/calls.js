import { byId, duration, el, setText, show } from './dom.js';

const list = byId('calls');
const rows = new Map();
let calls = [];

const words = { ringing: ['ringing', 'warn'], up: ['talking', 'good'], ended: ['ended', ''] };

function rowOf(call) {
  let row = rows.get(call.id);
  if (row) return row;
  const parts = {
    from: el('b'),
    fromName: el('span'),
    to: el('b'),
    cause: el('span'),
    state: el('span', { className: 'pill' }),
    time: el('span', { className: 'time' }),
  };
  const node = el(
    'li',
    {},
    el('span', { className: 'dot' }),
    el('div', { className: 'who' }, parts.from, parts.fromName),
    el('span', { className: 'arrow', 'aria-hidden': 'true' }, '→'),
    el('div', { className: 'who' }, parts.to, parts.cause),
    parts.state,
    parts.time,
  );
  row = { node, parts };
  rows.set(call.id, row);
  return row;
}

function timeOf(call, now) {
  return duration((call.endedAt ?? now) - (call.answeredAt ?? call.startedAt));
}

export function renderCalls(newCalls) {
  calls = newCalls;
  const ids = new Set(calls.map((call) => call.id));
  for (const [id, { node }] of rows) {
    if (ids.has(id)) continue;
    node.remove();
    rows.delete(id);
  }
  let previous = null;
  for (const call of calls) {
    const { node, parts } = rowOf(call);
    const [word, tone] = words[call.state];
    node.className = `call ${call.state}`;
    setText(parts.from, call.from || 'unknown');
    setText(parts.fromName, call.fromName);
    setText(parts.to, call.to || '…');
    setText(
      parts.cause,
      call.state === 'ended' ? call.cause : `${call.channels} channel${call.channels === 1 ? '' : 's'}`,
    );
    setText(parts.state, word);
    parts.state.className = `pill ${tone}`;
    const wanted = previous ? previous.nextSibling : list.firstChild;
    if (wanted !== node) list.insertBefore(node, wanted);
    previous = node;
  }
  const live = calls.filter((call) => call.state !== 'ended').length;
  setText(byId('calls-count'), String(live));
  show(byId('calls-empty'), calls.length === 0);
  tick();
}

function tick() {
  const now = Date.now();
  for (const call of calls) {
    const row = rows.get(call.id);
    if (row) setText(row.parts.time, timeOf(call, now));
  }
}

setInterval(tick, 1000);
