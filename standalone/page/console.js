import { openLink } from './console-link.js';
import { byId, post, setText, show } from './dom.js';

const utf8 = new TextEncoder();
let link;
let terminal;
let fit;

async function makeTerminal() {
  // A megabyte that only who opens the console needs.
  const [{ Terminal }, { FitAddon }] = await Promise.all([import('/xterm.mjs'), import('/addon-fit.mjs')]);
  terminal = new Terminal({ fontSize: 13, scrollback: 10_000, cursorBlink: true });
  fit = new FitAddon();
  terminal.loadAddon(fit);
  terminal.open(byId('terminal'));
  terminal.onData((text) => link?.type(utf8.encode(text)));
  terminal.onResize(({ cols, rows }) => link?.resize({ cols, rows }));
  new ResizeObserver(() => fit.fit()).observe(byId('terminal'));
}

function say(text) {
  setText(byId('console-state'), text);
}

/** A real PBX opens its console to whoever has the door's key; a simulated one to all. */
async function ask(size) {
  const answer = await post('/api/console', size);
  if (!answer.body.needsKey) return answer;
  const key = prompt(
    "The door's key (the file door-key of the state folder, or door.keys of the configuration):",
  );
  return key === null ? answer : post('/api/console', { ...size, key: key.trim() });
}

async function open() {
  const card = byId('console-card');
  card.classList.add('open');
  show(byId('terminal'), true);
  if (!terminal) await makeTerminal();
  fit.fit();
  terminal.reset();
  const size = { cols: terminal.cols, rows: terminal.rows };
  const { ok, body } = await ask(size);
  if (!ok) return say(body.error ?? 'The console could not be opened.');
  say('connecting');
  setText(byId('console-toggle'), 'Close');
  link = openLink(body.path, size, {
    data: (bytes) => terminal.write(bytes),
    notice: (text) => say(text),
    state: (text) => say(text),
    over(reason) {
      link = undefined;
      say(reason);
      setText(byId('console-toggle'), 'Open');
    },
  });
  terminal.focus();
}

byId('console-toggle').addEventListener('click', () => {
  if (link) link.close();
  else void open().catch(() => say('The terminal could not be loaded.'));
});
addEventListener('pagehide', () => link?.close());
