import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { note } from './progress.ts';
import { contentHash, labDir } from './settings.ts';

// An abstract socket: the kernel gives it to one process and takes it back when that process
// dies, however it dies, so no stale lock is ever left.
const address = `\0odoopbx-lab-${contentHash(labDir)}`;

/** Runs `deed` while no other process changes the lab; waits for one that does. */
export async function withLabLock<T>(what: string, deed: () => Promise<T>): Promise<T> {
  const release = await takeLock(what);
  try {
    return await deed();
  } finally {
    release();
  }
}

async function takeLock(what: string): Promise<() => void> {
  for (let told = false; ; told = true) {
    const server = createServer((socket) => {
      socket.on('error', () => {});
      socket.end(`"lab ${what}" (process ${process.pid})`);
    });
    const listening = once(server, 'listening');
    server.listen({ path: address });
    try {
      await listening;
      server.unref();
      return () => server.close();
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error;
    }
    if (!told) note(`waiting for ${await holder()} to finish`);
    await sleep(300);
  }
}

async function holder(): Promise<string> {
  const socket = connect({ path: address });
  let text = '';
  try {
    for await (const chunk of socket) text += String(chunk);
  } catch {
    // It ended in between; the next attempt takes the lock.
  }
  return text === '' ? 'another lab command' : text;
}
