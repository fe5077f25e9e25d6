import { answersHttp } from './reachable.ts';
import { startService } from './service.ts';
import { host, paths, ports } from './settings.ts';

export const motoUrl = `http://localhost:${ports.moto}`;

export async function startMoto(): Promise<void> {
  await startService({
    name: 'moto',
    port: ports.moto,
    use: { root: paths.asteriskRoot, user: 'nobody' },
    command: ['/usr/bin/moto_server', '-H', host, '-p', String(ports.moto)],
    inputs: '',
    isReady: () => answersHttp(`http://${host}:${ports.moto}/moto-api/`, 2000),
  });
}
