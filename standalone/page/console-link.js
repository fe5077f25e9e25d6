/*
 * The browser's side of the console protocol (core/console), as small as a page on the same machine needs it: numbered
 * frames, acknowledgements, and another connection when one is lost.
 */
const window = 32;
const dataBytes = 16_384;
const retryMs = 1000;
const graceMs = 120_000;

export function openLink(path, size, on) {
  let ticket = new URLSearchParams(path.split('?')[1]).get('ticket');
  let socket;
  let received = 0;
  let sent = 0;
  let lostAt = Date.now();
  let isLive = false;
  let isOver = false;
  const kept = [];
  const waiting = [];
  const early = new Map();

  const send = (frame) => {
    if (socket?.readyState === WebSocket.OPEN) socket.send(JSON.stringify({ v: 1, ...frame }));
  };

  function finish(reason) {
    if (isOver) return;
    isOver = true;
    socket?.close();
    on.over(reason);
  }

  function pump() {
    while (waiting.length > 0 && kept.length < window) {
      sent += 1;
      const frame = { t: 'in', n: sent, d: btoa(String.fromCharCode(...waiting.shift())) };
      kept.push(frame);
      if (isLive) send(frame);
    }
  }

  function take({ n, d }) {
    if (n > received) early.set(n, d);
    for (let next = early.get(received + 1); next !== undefined; next = early.get(received + 1)) {
      received += 1;
      early.delete(received);
      on.data(Uint8Array.from(atob(next), (character) => character.charCodeAt(0)));
    }
    if (received > 0) send({ t: 'ack', n: received });
  }

  const handlers = {
    ready(frame) {
      ticket = frame.resume;
      lostAt = undefined;
    },
    peer(frame) {
      isLive = frame.here;
      on.state(isLive ? 'connected' : 'waiting for the PBX');
      if (!isLive) return;
      handlers.ack({ n: frame.received ?? 0 });
      for (const one of kept) send(one);
      pump();
      send({ t: 'size', ...size });
    },
    out: take,
    ack({ n }) {
      while (kept.length > 0 && kept[0].n <= n) kept.shift();
      pump();
    },
    notice: (frame) => on.notice(frame.text),
    ping: () => send({ t: 'pong' }),
    end: (frame) => finish(frame.reason || frame.code),
  };

  function connect() {
    socket = new WebSocket(`ws://${location.host}/console?ticket=${ticket}`);
    socket.addEventListener('open', () => send({ t: 'hello', received, ...size }));
    socket.addEventListener('message', ({ data }) => {
      const frame = JSON.parse(data);
      handlers[frame.t]?.(frame);
    });
    socket.addEventListener('close', () => {
      isLive = false;
      if (isOver) return;
      lostAt ??= Date.now();
      if (Date.now() - lostAt > graceMs) return finish('The connection was lost.');
      on.state('connecting again');
      setTimeout(connect, retryMs);
    });
  }
  connect();
  const pings = setInterval(() => (isOver ? clearInterval(pings) : send({ t: 'ping' })), 60_000);

  return {
    /** False: too much is typed that is not through yet. */
    type(bytes) {
      if (waiting.length > 4) return false;
      for (let at = 0; at < bytes.length; at += dataBytes) waiting.push(bytes.subarray(at, at + dataBytes));
      pump();
      return true;
    },
    resize(next) {
      size = next;
      if (isLive) send({ t: 'size', ...size });
    },
    close() {
      send({ t: 'end', code: 'closed', reason: 'The page closed the console.' });
      finish('closed');
    },
  };
}
