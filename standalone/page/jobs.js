import { byId, clock, el, post, setText, show, span } from './dom.js';

const list = byId('jobs');
const form = byId('click');
const problem = byId('click-problem');
const rows = new Map();
const maxRows = 12;

function stepsOf(job) {
  if (job.answeredAfter === null) return 'the agent is at it …';
  const callback =
    job.calledBackAfter === null ? '' : ` · callback in Odoo after ${span(job.calledBackAfter)}`;
  return `answered after ${span(job.answeredAfter)}${callback}`;
}

/** What only the system says to its own agent is no news here. */
function isShown(job) {
  return !job.fun.startsWith('agent.');
}

export function renderJobs(jobs) {
  for (const job of jobs.filter(isShown)) {
    let row = rows.get(job.id);
    if (!row) {
      const parts = {
        what: el('b'),
        steps: el('div', { className: 'faint' }),
        answer: el('span', { className: 'answer' }),
      };
      const time = el('span', { className: 'mono faint' }, clock(job.at));
      const node = el(
        'li',
        {},
        el('div', { className: 'line' }, parts.what, time),
        parts.answer,
        parts.steps,
      );
      row = { node, parts };
      rows.set(job.id, row);
      list.prepend(node);
      const oldest = rows.size > maxRows ? rows.keys().next().value : undefined;
      if (oldest !== undefined) {
        rows.get(oldest)?.node.remove();
        rows.delete(oldest);
      }
    }
    row.node.className = `job ${job.good === null ? '' : job.good ? 'good' : 'bad'}`;
    setText(row.parts.what, job.about || job.fun);
    setText(
      row.parts.answer,
      job.callbackError ? `${job.answer} (callback: ${job.callbackError})` : job.answer,
    );
    setText(row.parts.steps, stepsOf(job));
  }
  show(byId('jobs-empty'), rows.size === 0);
}

async function call() {
  show(problem, false);
  const submit = form.querySelector('button');
  submit.disabled = true;
  const values = Object.fromEntries(new FormData(form).entries());
  const { ok, body } = await post('/api/call', values);
  submit.disabled = false;
  if (ok) return;
  setText(problem, body.error ?? 'The call was not taken.');
  show(problem, true);
}

form.addEventListener('submit', (event) => {
  event.preventDefault();
  void call();
});

byId('try').addEventListener('click', (event) => {
  const { extension, number } = event.target.dataset ?? {};
  if (!extension) return;
  form.elements.extension.value = extension;
  form.elements.number.value = number;
  void call();
});
