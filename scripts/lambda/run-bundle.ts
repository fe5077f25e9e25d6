import { spawn } from 'node:child_process';
import { FunctionFailed, startRuntimeApi } from './runtime-api.ts';
import type { RuntimeApi } from './runtime-api.ts';

export interface RunBundleOptions {
  /** Named in the context and in errors. */
  readonly name: string;
  /** Holds `index.mjs`, which exports `handler`. */
  readonly folder: string;
  /** The runtime interface client's program: `lambdaRic.program` of `npm run lab -- status --json`. */
  readonly ricProgram: string;
  /** All that the function sees, besides what Lambda sets itself: nothing of this process is handed on. */
  readonly env: Readonly<Record<string, string>>;
  /** Of one invocation; a process that takes longer is killed. Default 180 s. */
  readonly timeoutMs?: number;
  /** Gets what the function prints. */
  readonly print?: (text: string) => void;
}

/** A function's bundle under AWS's runtime interface client, as Lambda runs it. */
export interface RunningBundle {
  /** Milliseconds from the start of the process until it asked for its first invocation. */
  readonly initMs: number;
  /**
   * Resolves with the handler's answer as JSON. One at a time, in the order of the calls. Rejects with
   * FunctionFailed; after the end of its process a new one is started by the next call, as on Lambda.
   */
  invoke(event: unknown): Promise<unknown>;
  stop(): Promise<void>;
}

/** Starts it and waits for its initialisation. Rejects with FunctionFailed where that fails. */
export async function runBundle(options: RunBundleOptions): Promise<RunningBundle> {
  let sandbox: Sandbox = await startSandbox(options);
  let turn: Promise<unknown> = Promise.resolve();
  let { initMs } = sandbox;

  async function invokeNow(event: unknown): Promise<unknown> {
    if (sandbox.ended) {
      sandbox = await startSandbox(options);
      ({ initMs } = sandbox);
    }
    const timeoutMs = options.timeoutMs ?? 180_000;
    const current = sandbox;
    const timer = setTimeout(() => {
      const message = `${options.name} took over ${timeoutMs / 1000} s`;
      void current.stop(new FunctionFailed('Sandbox.Timedout', message));
    }, timeoutMs);
    try {
      return await current.api.invoke(event, timeoutMs);
    } finally {
      clearTimeout(timer);
    }
  }

  return {
    get initMs() {
      return initMs;
    },
    invoke(event) {
      const answer = turn.then(() => invokeNow(event));
      turn = answer.catch(() => {});
      return answer;
    },
    async stop() {
      await sandbox.stop();
    },
  };
}

interface Sandbox {
  readonly api: RuntimeApi;
  readonly initMs: number;
  readonly ended: boolean;
  stop(reason?: FunctionFailed): Promise<void>;
}

async function startSandbox(options: RunBundleOptions): Promise<Sandbox> {
  const { name, folder, ricProgram, env, print } = options;
  const api = await startRuntimeApi(`arn:aws:lambda:us-east-1:000000000000:function:${name}`);
  const started = performance.now();
  const child = spawn(process.execPath, [ricProgram], {
    cwd: folder,
    env: { ...lambdaVariables(name, folder), ...env, AWS_LAMBDA_RUNTIME_API: api.address },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => print?.(text));
  }
  let ended = false;
  // However this process ends, the function's ends with it.
  const kill = () => child.kill('SIGKILL');
  process.on('exit', kill);
  const exited = new Promise<void>((resolve) => {
    child.on('error', (error) => api.fail(new FunctionFailed('Runtime.NotStarted', error.message)));
    child.on('close', (code, signal) => {
      ended = true;
      process.off('exit', kill);
      api.fail(new FunctionFailed('Runtime.ExitError', `${name} ended with ${signal ?? code}`));
      void api.close().then(resolve);
    });
  });
  const stop = async (reason = new FunctionFailed('Runtime.Stopped', `${name} was stopped`)) => {
    ended = true;
    api.fail(reason);
    kill();
    await exited;
  };
  try {
    await api.ready;
  } catch (error) {
    await stop();
    throw error;
  }
  const initMs = performance.now() - started;
  return {
    api,
    initMs,
    get ended() {
      return ended;
    },
    stop,
  };
}

/** https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html */
function lambdaVariables(name: string, folder: string): Record<string, string> {
  return {
    _HANDLER: 'index.handler',
    LAMBDA_TASK_ROOT: folder,
    AWS_LAMBDA_FUNCTION_NAME: name,
    AWS_LAMBDA_FUNCTION_VERSION: '$LATEST',
    AWS_LAMBDA_FUNCTION_MEMORY_SIZE: '512',
    AWS_LAMBDA_LOG_GROUP_NAME: `/aws/lambda/${name}`,
    AWS_LAMBDA_LOG_STREAM_NAME: 'local',
    AWS_EXECUTION_ENV: 'AWS_Lambda_nodejs24.x',
    LANG: 'en_US.UTF-8',
    PATH: '/usr/local/bin:/usr/bin:/bin',
    TZ: ':UTC',
  };
}
