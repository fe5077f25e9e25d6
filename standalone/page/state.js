import { byId, el, plural, post, setText, show, span } from './dom.js';

const linkWords = { connected: 'good', connecting: 'warn', refused: 'bad', stopped: 'bad' };
let running = true;
let rateTouched = false;
let odooFails = false;

function chip(tone, text) {
  return el('li', {}, el('span', { className: `dot ${tone}` }), text);
}

/** Why Odoo's rules could not be read last time: it may fail without any event that waits. */
export function noteOdoo(error) {
  odooFails = error !== '';
}

function renderChips({ agent, pbx, odoo, door }) {
  const version = agent.ami.asteriskVersion
    ? `Asterisk ${agent.ami.asteriskVersion.split('+')[0]}`
    : 'Asterisk';
  const link = agent.ami.state === 'connected' ? version : `AMI ${agent.ami.state}`;
  const name = odoo.standIn ? 'Odoo (stand-in)' : `Odoo ${odoo.db}`;
  const fails = odoo.retry !== null || odooFails;
  byId('chips').replaceChildren(
    chip(linkWords[agent.ami.state], `${link}${pbx.simulated ? ' (simulated)' : ''}`),
    chip(fails ? 'bad' : 'good', fails ? `${name} fails` : name),
    chip(door ? 'good' : '', door ? `door :${door.port}` : 'no door'),
  );
}

function facts({ agent, pbx, odoo, inbox, at }) {
  const now = at / 1000;
  const since = (seconds) => span((now - seconds) * 1000);
  const { counts, spool } = agent;
  const lost = counts.dropped + counts.truncated + counts.setAside;
  return [
    ['PBX', `${pbx.address}${pbx.simulated ? ' (simulated)' : ''}`],
    ['Odoo', odoo.address],
    [
      'AMI',
      agent.ami.error
        ? `${agent.ami.state}: ${agent.ami.error}`
        : `${agent.ami.state} for ${since(agent.ami.since)}`,
    ],
    ['Agent', `version ${agent.agentVersion}, up ${since(agent.startedAt)}`],
    [
      'Spool',
      spool.items === 0 ? 'empty' : `${plural(spool.items, 'item')}, oldest ${since(spool.oldestAt ?? now)}`,
    ],
    ['Inbox', inbox.waiting === 0 ? 'empty' : `${plural(inbox.waiting, 'message')} waiting`],
    ['Job queue', inbox.jobs === 0 ? 'empty' : `${plural(inbox.jobs, 'job')} waiting`],
    ['Jobs done', String(counts.jobs)],
    [
      'Dropped, cut, set aside',
      lost === 0 ? 'none' : `${counts.dropped}, ${counts.truncated}, ${counts.setAside}`,
    ],
    ['Rules', agent.rulesVersion === null ? 'none yet' : `version ${agent.rulesVersion.slice(0, 10)}`],
    [
      'Refused rules',
      agent.refusedRules.length === 0 ? 'none' : agent.refusedRules.map((rule) => `#${rule.id}`).join(', '),
    ],
  ];
}

function renderTrial({ trial }) {
  const simulated = trial.callsPerMinute !== null;
  const standIn = trial.odooRunning !== null;
  show(byId('trial'), simulated || standIn);
  show(byId('drop'), simulated);
  for (const id of ['rate', 'rate-value']) show(byId(id), simulated);
  show(byId('odoo-switch'), standIn);
  show(byId('try'), simulated);
  running = trial.odooRunning ?? true;
  setText(byId('odoo-switch'), running ? 'Stop Odoo' : 'Start Odoo');
  if (simulated && !rateTouched) {
    byId('rate').value = String(trial.callsPerMinute);
    setText(byId('rate-value'), String(trial.callsPerMinute));
  }
}

export function renderState(snapshot) {
  setText(byId('pbx'), snapshot.pbx.id);
  renderChips(snapshot);
  renderTrial(snapshot);
  const rows = facts(snapshot).flatMap(([name, value]) => [el('dt', {}, name), el('dd', {}, value)]);
  byId('agent').replaceChildren(...rows);
}

async function setRate(callsPerMinute) {
  await post('/api/pbx/rate', { callsPerMinute });
  rateTouched = false;
}

byId('rate').addEventListener('input', () => {
  rateTouched = true;
  setText(byId('rate-value'), byId('rate').value);
});
byId('rate').addEventListener('change', () => void setRate(Number(byId('rate').value)));

byId('drop').addEventListener('click', () => void post('/api/pbx/drop', {}));
byId('odoo-switch').addEventListener('click', () => void post('/api/odoo', { running: !running }));
