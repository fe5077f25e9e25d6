import type { Agent } from 'node:http';
import { WebSocket } from 'ws';
import { consoleLimits } from '#core/console/limits.ts';
import { OdoopbxError } from '#core/errors/odoopbx-error.ts';
import type { ConsoleTransport } from '#core/ports/console-transport.ts';

const loopback = /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])$/;
/** Statuses of a handshake that say that the ticket is not good, not that the relay has trouble. */
const refusals: ReadonlySet<number | undefined> = new Set([400, 401, 403, 404, 410]);

/**
 * WebSocket connections to the relay, TLS verified; `agent` brings proxy and authorities. No error names the address:
 * the ticket is in it.
 */
export function createWebSocketTransport(agent?: Agent): ConsoleTransport {
  return {
    connect: (url, listener, signal) =>
      new Promise((resolve, reject) => {
        const { protocol, hostname } = new URL(url);
        if (protocol !== 'wss:' && !(protocol === 'ws:' && loopback.test(hostname))) {
          reject(new OdoopbxError('CONSOLE_REFUSED', 'the relay must be reached by TLS (wss)'));
          return;
        }
        const socket = new WebSocket(url, {
          ...(agent && protocol === 'wss:' ? { agent } : {}),
          maxPayload: consoleLimits.frameBytes,
          perMessageDeflate: false,
          followRedirects: false,
        });
        const abort = (): void => socket.terminate();
        let closedHere = false;
        signal.addEventListener('abort', abort, { once: true });
        if (signal.aborted) abort();
        socket.on('unexpected-response', (request, { statusCode }) => {
          request.destroy();
          const refused = refusals.has(statusCode);
          const code = refused ? 'CONSOLE_REFUSED' : 'CONSOLE_UNREACHABLE';
          reject(
            new OdoopbxError(code, `the relay answered ${statusCode ?? 'nothing'}`, { retryable: !refused }),
          );
        });
        socket.on('error', (error) => {
          const code = 'code' in error && typeof error.code === 'string' ? ` (${error.code})` : '';
          const text = `the relay could not be reached${code}`;
          reject(new OdoopbxError('CONSOLE_UNREACHABLE', text, { retryable: true }));
        });
        socket.on('close', () => {
          signal.removeEventListener('abort', abort);
          reject(
            new OdoopbxError('CONSOLE_UNREACHABLE', 'the relay closed the connection', { retryable: true }),
          );
          if (!closedHere) listener.closed();
        });
        socket.on('message', (data, isBinary) => {
          // A binary message is no frame; the text of it would be.
          if (!isBinary && Buffer.isBuffer(data)) listener.message(data.toString('utf8'));
          else socket.close(1003);
        });
        socket.on('open', () => {
          // From here on it is closed in good order, so that a last word goes out.
          signal.removeEventListener('abort', abort);
          resolve({
            send(text) {
              if (socket.readyState === WebSocket.OPEN) socket.send(text);
            },
            close() {
              closedHere = true;
              socket.close();
              // Whoever does not answer the farewell is left.
              setTimeout(() => socket.terminate(), 3000).unref();
            },
          });
        });
      }),
  };
}
