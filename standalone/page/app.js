import { byId, setText, show } from './dom.js';
import { renderCalls } from './calls.js';
import { renderJobs } from './jobs.js';
import { renderLists } from './lists.js';
import { renderPassages } from './passages.js';
import { renderPipeline } from './pipeline.js';
import { renderRules } from './rules.js';
import { noteOdoo, renderState } from './state.js';

const preferred = matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light';
document.documentElement.dataset.theme = localStorage.getItem('theme') ?? preferred;
byId('theme').addEventListener('click', () => {
  const theme = document.documentElement.dataset.theme === 'dark' ? 'light' : 'dark';
  document.documentElement.dataset.theme = theme;
  localStorage.setItem('theme', theme);
});

const handlers = {
  snapshot(data) {
    renderState(data);
    renderPipeline(data);
  },
  calls: renderCalls,
  passages: renderPassages,
  jobs: renderJobs,
  lists: renderLists,
  rules(data) {
    noteOdoo(data.error);
    renderRules(data);
  },
};

const source = new EventSource('/events');
for (const [name, handler] of Object.entries(handlers)) {
  source.addEventListener(name, (event) => handler(JSON.parse(event.data)));
}
source.addEventListener('error', () => {
  const banner = byId('banner');
  setText(banner, 'The system does not answer. Does it still run? This page connects again by itself.');
  show(banner, true);
});
