import { byId, el, post, setText, show } from './dom.js';

const list = byId('rules');
let shown = '';

function ruleOf(rule, editable) {
  const box = el('input', {
    type: 'checkbox',
    checked: rule.enabled,
    disabled: !editable,
    'aria-label': `Rule ${rule.id} for ${rule.name}`,
  });
  box.addEventListener('change', async () => {
    const { ok } = await post(`/api/rules/${rule.id}`, { enabled: box.checked });
    if (!ok) box.checked = !box.checked;
  });
  const delay = rule.delay > 0 ? el('span', { className: 'pill' }, `after ${rule.delay} s`) : undefined;
  const refused = rule.refused
    ? el('span', { className: 'pill bad' }, `refused: ${rule.refused}`)
    : undefined;
  return el(
    'li',
    { className: `rule ${rule.enabled ? '' : 'off'}` },
    box,
    el(
      'div',
      { className: 'what' },
      el('b', {}, rule.name),
      ` #${rule.id} `,
      delay,
      refused,
      el('div', { className: 'target mono' }, `→ ${rule.target}`),
      rule.condition ? el('code', { className: 'condition' }, rule.condition) : undefined,
    ),
  );
}

export function renderRules({ rules, editable, error }) {
  const text = JSON.stringify([rules, editable]);
  const note = byId('rules-note');
  setText(note, error ? `The rules can not be read: ${error}` : editable ? '' : 'Rules are changed in Odoo.');
  show(note, note.textContent !== '');
  if (error || text === shown) return;
  shown = text;
  list.replaceChildren(...rules.map((rule) => ruleOf(rule, editable)));
}
