import { OdoopbxError } from '#core/errors/odoopbx-error.ts';
import type {
  ConnectionListener,
  ConsoleConnection,
  ConsoleTransport,
} from '#core/ports/console-transport.ts';

/** The part of the browser's WebSocket that is used. */
export type BrowserSocket = Pick<WebSocket, 'addEventListener' | 'send' | 'close'>;

/**
 * One session's way to the relay. A browser does not tell a page why a connection failed: the first one's failure is
 * taken for good, since its ticket may be used up and a person is there to try again; a later one may succeed
 * once the network is back.
 */
export function browserTransport(
  open: (url: string) => BrowserSocket = (url) => new WebSocket(url),
): ConsoleTransport {
  let opened = false;

  function connect(
    url: string,
    listener: ConnectionListener,
    signal: AbortSignal,
  ): Promise<ConsoleConnection> {
    const decided = new AbortController();
    return new Promise((resolve, reject) => {
      const socket = open(url);
      let here = false;
      let closing = false;
      const gone = (): void => {
        if (closing) return;
        closing = true;
        if (here) listener.closed();
        else reject(unreachable(url, opened));
      };
      const giveUp = (): void => {
        if (here) return;
        socket.close();
        gone();
      };
      signal.addEventListener('abort', giveUp, { once: true, signal: decided.signal });
      socket.addEventListener('message', ({ data }) => {
        if (typeof data === 'string' && !closing) listener.message(data);
      });
      socket.addEventListener('close', gone);
      socket.addEventListener('open', () => {
        if (closing) return;
        here = true;
        opened = true;
        decided.abort();
        resolve({
          send(text) {
            if (!closing) socket.send(text);
          },
          close() {
            closing = true;
            socket.close();
          },
        });
      });
    });
  }

  return { connect };
}

function unreachable(url: string, retryable: boolean): OdoopbxError {
  const { host } = new URL(url);
  const text = `${host} is out of reach for this browser, or refused the one-time ticket.`;
  return new OdoopbxError('CONSOLE_UNREACHABLE', text, { retryable });
}
