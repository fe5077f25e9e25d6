import type { Connect } from './socket.ts';

/** The browser's own WebSocket. An address that it refuses at once counts as a connection that never opened. */
export const connectWebSocket: Connect = (url, events) => {
  let told = false;
  const closed = (): void => {
    if (!told) events.closed();
    told = true;
  };
  let socket: WebSocket;
  try {
    socket = new WebSocket(url);
  } catch {
    setTimeout(closed);
    return {
      send: () => {},
      close: () => {
        told = true;
      },
    };
  }
  socket.addEventListener('open', () => events.opened());
  socket.addEventListener('message', ({ data }) => {
    if (typeof data === 'string') events.message(data);
  });
  socket.addEventListener('close', closed);
  return {
    send(text) {
      if (socket.readyState === WebSocket.OPEN) socket.send(text);
    },
    close() {
      told = true;
      socket.close();
    },
  };
};
