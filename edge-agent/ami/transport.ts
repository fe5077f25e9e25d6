import { createConnection } from 'node:net';
import type { Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import type { ConnectionOptions } from 'node:tls';
import { OdoopbxError, messageOf } from '#core/errors/odoopbx-error.ts';
import type { AmiTls } from './client-options.ts';

/** A byte stream to Asterisk. */
export interface Transport {
  write(text: string): void;
  /** Bytes that were written and not yet taken by the system. */
  readonly backlog: number;
  /** Closes without waiting; `onClose` follows. */
  destroy(): void;
  /** Closes after what was written is sent. */
  end(): void;
}

export interface TransportEvents {
  /** The chunk is borrowed: it is overwritten after the call. */
  onData(chunk: Uint8Array): void;
  /** Once, after the transport was open. */
  onClose(error: Error | undefined): void;
}

/** Resolves when connected. Rejects AMI_UNREACHABLE (retryable); `signal` aborts. */
export type Connect = (events: TransportEvents, signal: AbortSignal) => Promise<Transport>;

/** Measured: 64 KB per read costs up to twice the time of 256 KB when events flood in. */
const readBytes = 256 * 1024;

/**
 * TCP, or TLS when asked. Reads go into one buffer that is used again and again: nothing is allocated per read.
 * The socket is never paused: Asterisk cuts a reader that lets it wait for its `writetimeout`.
 */
export function connectBy(address: { host: string; port: number; tls?: AmiTls }): Connect {
  return (events, signal) =>
    new Promise((resolve, reject) => {
      const buffer = Buffer.allocUnsafeSlow(readBytes);
      let opened = false;
      let failure: Error | undefined;
      const onread = {
        buffer,
        callback: (length: number): boolean => {
          events.onData(buffer.subarray(0, length));
          return true;
        },
      };
      const socket = open(address, onread);
      const abort = (): void => void socket.destroy();
      signal.addEventListener('abort', abort, { once: true });
      if (signal.aborted) abort();
      socket.setNoDelay(true);
      socket.setKeepAlive(true, 30_000);
      socket.on('error', (error) => (failure = error));
      socket.on(address.tls ? 'secureConnect' : 'connect', () => {
        opened = true;
        signal.removeEventListener('abort', abort);
        resolve(asTransport(socket));
      });
      socket.on('close', () => {
        signal.removeEventListener('abort', abort);
        if (opened) events.onClose(failure);
        else reject(unreachable(address, failure, signal));
      });
    });
}

function open(
  { host, port, tls }: { host: string; port: number; tls?: AmiTls },
  onread: { buffer: Uint8Array; callback(length: number): boolean },
): Socket {
  // `onread` takes the place of 'data' events.
  if (!tls) return createConnection({ host, port, onread });
  const { ca, servername } = tls === true ? {} : tls;
  return connectTls({
    host,
    port,
    onread,
    ...(ca === undefined ? {} : { ca }),
    ...(servername === undefined ? {} : { servername }),
  } as unknown as ConnectionOptions);
}

function asTransport(socket: Socket): Transport {
  return {
    write: (text) => void socket.write(text),
    get backlog() {
      return socket.writableLength;
    },
    destroy: () => void socket.destroy(),
    end: () => void socket.end(),
  };
}

function unreachable(
  { host, port }: { host: string; port: number },
  failure: Error | undefined,
  signal: AbortSignal,
): OdoopbxError {
  const why = failure === undefined ? (signal.aborted ? 'timed out' : 'closed') : messageOf(failure);
  return new OdoopbxError('AMI_UNREACHABLE', `no connection to Asterisk at ${host}:${port}: ${why}`, {
    retryable: true,
    cause: failure,
  });
}
