import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { runInRoot } from '#scripts/lab/chroot.ts';
import { answersHttp } from '#scripts/lab/reachable.ts';
import { paths } from '#scripts/lab/settings.ts';
import { freePort } from '#standalone/free-port.ts';

/** A moto of a test's own: it starts empty, so that a test can be run again, and the lab's stays as it is. */
export interface MotoProcess {
  /** With the host `localhost`: moto looks for that word in the address of a CloudFormation template. */
  readonly url: string;
  stop(): Promise<void>;
}

export async function startMotoProcess(): Promise<MotoProcess> {
  const port = await freePort(28_600);
  const end = new AbortController();
  let failure: unknown;
  // In a process namespace that ends with this process, however this one ends.
  const ended = runInRoot(
    { root: paths.asteriskRoot, user: 'nobody' },
    ['/usr/bin/moto_server', '-H', '127.0.0.1', '-p', String(port)],
    { signal: end.signal, title: 'moto', logFile: join(paths.log, 'moto-e2e.log') },
  ).catch((error: unknown) => {
    failure = error;
  });
  const deadline = Date.now() + 60_000;
  while (!(await answersHttp(`http://127.0.0.1:${port}/moto-api/`, 2000))) {
    if (failure !== undefined) throw new Error('moto ended while starting', { cause: failure });
    if (Date.now() > deadline) throw new Error('moto was not ready after 60 s');
    await sleep(100);
  }
  return {
    url: `http://localhost:${port}`,
    async stop() {
      end.abort();
      await ended;
    },
  };
}
