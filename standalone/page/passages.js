import { byId, clock, el, setText, show, span } from './dom.js';

const body = byId('events');
const wantedOnly = byId('wanted-only');
const pause = byId('pause');
const maxRows = 120;
const rows = new Map();
let paused = false;

/** How far along the four steps a stage is, and what the last one looks like. */
const progress = {
  received: [1, 'on', ''],
  spooled: [2, 'on', ''],
  published: [3, 'on', ''],
  waiting: [3, 'wait', 'waits'],
  done: [4, 'done', ''],
  failed: [4, 'bad', 'failed'],
  skipped: [4, 'wait', 'skipped'],
  parked: [4, 'bad', 'given up'],
};

function stagesOf(passage) {
  const [reached, last, word] = progress[passage.stage];
  const steps = [1, 2, 3, 4].map((step) => {
    if (step > reached) return el('i');
    return el('i', { className: step === reached ? last : reached === 4 && last === 'done' ? 'done' : 'on' });
  });
  const time = passage.stage === 'received' ? 'not wanted' : span(passage.after);
  return el('span', { className: 'stages' }, ...steps, el('span', {}, word || time));
}

function fill(row, passage) {
  const stages = stagesOf(passage);
  row.cells.stages.replaceChildren(stages);
  setText(row.cells.what, passage.error ? `${passage.summary} — ${passage.error}` : passage.summary);
  row.cells.what.title = row.cells.what.textContent;
  row.node.classList.toggle('unwanted', passage.stage === 'received');
}

function add(passage) {
  const cells = {
    what: el('td', { className: 'wide' }),
    stages: el('td', {}),
  };
  const node = el(
    'tr',
    {},
    el('td', { className: 'mono faint' }, clock(passage.at)),
    el('td', { className: 'name' }, passage.name),
    cells.what,
    el('td', {}, passage.rules.map((rule) => `#${rule}`).join(' ')),
    cells.stages,
  );
  const row = { node, cells, unwanted: passage.stage === 'received' };
  rows.set(passage.id, row);
  body.prepend(node);
  const oldest = rows.size > maxRows ? rows.keys().next().value : undefined;
  if (oldest !== undefined) {
    rows.get(oldest)?.node.remove();
    rows.delete(oldest);
  }
  return row;
}

export function renderPassages({ passages }) {
  if (paused) return;
  for (const passage of passages) {
    const known = rows.get(passage.id);
    if (!known && wantedOnly.checked && passage.stage === 'received') continue;
    fill(known ?? add(passage), passage);
  }
  show(byId('events-empty'), rows.size === 0);
}

wantedOnly.addEventListener('change', () => {
  if (!wantedOnly.checked) return;
  for (const [id, { node }] of rows) {
    if (!node.classList.contains('unwanted')) continue;
    node.remove();
    rows.delete(id);
  }
});

pause.addEventListener('click', () => {
  paused = !paused;
  pause.setAttribute('aria-pressed', String(paused));
  setText(pause, paused ? 'Go on' : 'Pause');
});
