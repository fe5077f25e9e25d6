import { byId, clock, duration, el, setText, show } from './dom.js';

const tones = { ANSWERED: 'good', BUSY: 'warn', 'NO ANSWER': 'warn', FAILED: 'bad', CONGESTION: 'bad' };

function text(value) {
  return value === false || value === null || value === undefined ? '' : String(value);
}

/** `2026-11-22 21:16:08`: the day goes where there is no room for it. */
function beganOf(call) {
  const [day, time] = text(call.started).split(' ');
  return time ? [el('span', { className: 'day' }, `${day} `), time] : [day];
}

function recordOf(call) {
  const outcome = text(call.disposition);
  return el(
    'tr',
    {},
    el('td', { className: 'mono faint' }, ...beganOf(call)),
    el('td', {}, text(call.src)),
    el('td', {}, text(call.dst)),
    el('td', {}, el('span', { className: `pill ${tones[outcome] ?? ''}` }, outcome.toLowerCase() || '?')),
    el('td', { className: 'number' }, Number(call.billsec) > 0 ? duration(Number(call.billsec) * 1000) : '–'),
  );
}

function failureOf(tone, word, message, where) {
  return el(
    'li',
    { className: 'failure' },
    el('span', { className: `pill ${tone}` }, word),
    el('span', {}, message),
    where ? el('span', { className: 'where' }, where) : undefined,
  );
}

function failuresOf({ failures, parked, notifications }) {
  const kept = Array.isArray(failures) ? failures : [];
  return [
    ...parked.map((item) =>
      failureOf('bad', 'given up', `${item.what}: ${item.message}`, `${clock(item.at)} · ${item.code}`),
    ),
    ...kept.map((item) =>
      failureOf(
        'bad',
        'handler',
        text(item.error),
        `${text(item.model)}.${text(item.method)} · ${text(item.create_date)}`,
      ),
    ),
    ...notifications.map((item) =>
      failureOf(
        item.warning ? 'warn' : 'accent',
        'to user',
        item.message,
        `${clock(item.at)} · ${item.title}`,
      ),
    ),
  ];
}

export function renderLists(lists) {
  const { calls } = lists;
  const empty = byId('records-empty');
  if (Array.isArray(calls)) {
    byId('records').replaceChildren(...calls.map((call) => recordOf(call)));
    setText(empty, 'No call has ended yet.');
    show(empty, calls.length === 0);
  } else {
    setText(empty, `Odoo does not show them: ${calls.error}`);
    show(empty, true);
  }
  const items = failuresOf(lists);
  byId('failures').replaceChildren(...items);
  show(byId('failures-empty'), items.length === 0);
}
