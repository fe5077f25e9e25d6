import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort } from '#standalone/free-port.ts';

/**
 * API Gateway's WebSocket APIs by serverless-offline, a program of its own: handshakes that the function answers,
 * `@connections` to post to and to close, 410 for a connection that is gone. It does not know the limit of 32 KB.
 */
export interface GatewayEmulator {
  /** Where clients connect to, and where the function posts to. */
  readonly port: number;
  /** Of its process, with the function in it. */
  readonly pid: number;
  stop(): Promise<void>;
}

export interface GatewayEmulatorOptions {
  /** Holds `index.mjs`, which exports `handler`: a bundle as it is deployed. */
  readonly bundle: string;
  /** What the function sees; `port` is the emulator's own. */
  environment(port: number): Readonly<Record<string, string>>;
  /** Of the process: what needs more memory ends it. */
  readonly heapMegabytes: number;
  /** Gets what the emulator and the function print. */
  readonly print: (text: string) => void;
}

const checkout = join(import.meta.dirname, '../..');
const packages = join(checkout, 'test/emulators/gateway');

/** Installs the emulator where it is not (15 s, once), then starts it. */
export async function startGatewayEmulator(options: GatewayEmulatorOptions): Promise<GatewayEmulator> {
  const installed = spawnSync(process.execPath, ['scripts/install.mjs', 'test/emulators/gateway'], {
    cwd: checkout,
    encoding: 'utf8',
  });
  if (installed.status !== 0) throw new Error(`the emulator can not be installed:\n${installed.stderr}`);

  const port = await freePort(28_700);
  const folder = mkdtempSync(join(tmpdir(), 'gateway-emulator-'));
  symlinkSync(join(packages, 'node_modules'), join(folder, 'node_modules'));
  symlinkSync(join(options.bundle, 'index.mjs'), join(folder, 'index.mjs'));
  const service = await serviceOf(options.environment(port), port);
  writeFileSync(join(folder, 'serverless.json'), JSON.stringify(service));

  const program = spawn(
    process.execPath,
    [join(packages, 'node_modules/osls/bin/serverless.js'), 'offline', 'start'],
    {
      cwd: folder,
      env: {
        PATH: process.env['PATH'],
        HOME: folder,
        NODE_OPTIONS: `--max-old-space-size=${options.heapMegabytes}`,
        SLS_TELEMETRY_DISABLED: '1',
        SLS_NOTIFICATIONS_MODE: 'off',
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  );
  for (const output of [program.stdout, program.stderr]) {
    output.setEncoding('utf8').on('data', (text: string) => options.print(text));
  }
  const ended = once(program, 'exit');

  async function stop(): Promise<void> {
    program.kill();
    const patience = setTimeout(() => program.kill('SIGKILL'), 5000);
    await ended;
    clearTimeout(patience);
    rmSync(folder, { recursive: true, force: true });
  }

  const deadline = Date.now() + 120_000;
  while (!(await answers(port))) {
    if (program.exitCode !== null || Date.now() > deadline) {
      await stop();
      throw new Error('the emulator did not start');
    }
    await sleep(100);
  }
  return { port, pid: program.pid ?? 0, stop };
}

async function answers(port: number): Promise<boolean> {
  try {
    await (await fetch(`http://127.0.0.1:${port}/`, { signal: AbortSignal.timeout(2000) })).arrayBuffer();
    return true;
  } catch {
    return false;
  }
}

async function serviceOf(environment: Readonly<Record<string, string>>, port: number): Promise<object> {
  return {
    service: 'console',
    frameworkVersion: '*',
    provider: { name: 'aws', runtime: 'nodejs22.x', region: 'eu-central-1', environment },
    plugins: ['serverless-offline'],
    custom: {
      'serverless-offline': {
        host: '127.0.0.1',
        websocketPort: port,
        httpPort: await freePort(28_720),
        lambdaPort: await freePort(28_740),
        noPrependStageInUrl: true,
        noTimeout: true,
        // In the emulator's own process, several invocations at once: a worker would take them one by one.
        useInProcess: true,
      },
    },
    functions: {
      relay: {
        handler: 'index.handler',
        timeout: 20,
        events: ['$connect', '$disconnect', '$default'].map((route) => ({ websocket: { route } })),
      },
    },
  };
}
