import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { createDynamoConsoleSessions } from '#aws/dynamo-console-sessions.ts';
import { ticketMint } from '#aws/ticket-mint.ts';
import type { ConsoleRole } from '#core/console/frames.ts';
import { consoleJobSchema, type ConsoleInvitation, type ConsoleJob } from '#core/contracts/console-open.ts';
import type { ConsoleSessions } from '#core/ports/console-sessions.ts';
import { submitJob } from '#lambdas/submit-job/submit-job.ts';
import { bundleLambdas } from '#lib/bundle/bundle-lambdas.ts';
import { agentStatus } from './agent-statuses.ts';
import { doorDeps, doorKey } from './door-fixtures.ts';
import { startGatewayEmulator } from './gateway-emulator.ts';
import { AwsFault, startAwsStub } from './lambda/aws-stub.ts';
import { MemoryTables } from './lambda/memory-tables.ts';

export interface OpenedSession {
  readonly session: string;
  /** The kwargs of the agent's job. */
  readonly job: ConsoleJob;
  readonly tickets: Readonly<Record<ConsoleRole, string>>;
}

/** The relay's bundle behind an emulated WebSocket API, its table in this process. */
export interface ConsoleGateway {
  readonly port: number;
  readonly tables: MemoryTables;
  /** A new session by the door itself, on the same table: where the sides have to connect to. */
  open(): Promise<OpenedSession>;
  /** The table fails for so long, then it is there again. */
  failTable(ms: number): void;
  /** What the gateway and the function have printed. */
  printed(): string;
  /** Most memory that the gateway with the function in it ever had. */
  peakMegabytes(): number;
  stop(): Promise<void>;
}

export async function startConsoleGateway({
  heapMegabytes,
}: {
  heapMegabytes: number;
}): Promise<ConsoleGateway> {
  const tables = new MemoryTables();
  let failsUntil = 0;
  const stub = await startAwsStub((operation, input) =>
    Date.now() < failsUntil
      ? new AwsFault('InternalServerError', 500)
      : (tables.answer(operation, input) ?? new AwsFault('UnknownOperationException')),
  );
  const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };
  const client = new DynamoDBClient({ endpoint: stub.url, region: 'eu-central-1', credentials });
  const sessions = createDynamoConsoleSessions({ client, table: 'sessions' });
  const folder = mkdtempSync(join(tmpdir(), 'console-gateway-'));
  const printed: string[] = [];

  async function endTable(): Promise<void> {
    client.destroy();
    await stub.stop();
    rmSync(folder, { recursive: true, force: true });
  }

  try {
    const bundles = await bundleLambdas(folder, ['console-relay']);
    const gateway = await startGatewayEmulator({
      bundle: bundles.get('console-relay')?.folder ?? '',
      heapMegabytes,
      print: (text) => void printed.push(text),
      environment: (port) => ({
        PLATFORM: 'test',
        SESSIONS_TABLE: 'sessions',
        CONNECTIONS_URL: `http://127.0.0.1:${port}`,
        AWS_REGION: 'eu-central-1',
        AWS_ACCESS_KEY_ID: 'test',
        AWS_SECRET_ACCESS_KEY: 'test',
        AWS_ENDPOINT_URL_DYNAMODB: stub.url,
      }),
    });
    return {
      port: gateway.port,
      tables,
      failTable: (ms) => void (failsUntil = Date.now() + ms),
      open: () => openAtDoor(`ws://127.0.0.1:${gateway.port}`, sessions),
      printed: () => printed.join(''),
      peakMegabytes() {
        const kilobytes = /VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${gateway.pid}/status`, 'utf8'))?.[1];
        return Number(kilobytes) / 1024;
      },
      async stop() {
        await gateway.stop();
        await endTable();
      },
    };
  } catch (error) {
    await endTable();
    throw new Error(`the console's gateway did not start:\n${printed.join('').slice(-2000)}`, {
      cause: error,
    });
  }
}

/** `console.open` as Odoo posts it: the answer has the browser's address, the job in the queue the agent's. */
async function openAtDoor(url: string, sessions: ConsoleSessions): Promise<OpenedSession> {
  const now = Date.now();
  const status = agentStatus('acme_hq', now / 1000, { consoleEnabled: true });
  const urlOf = (_role: ConsoleRole, ticket: string): string => `${url}?ticket=${ticket}`;
  const deps = {
    ...doorDeps({ status, lastSeen: now / 1000 }),
    clock: { now: () => now },
    random: { uuid: () => crypto.randomUUID() },
    console: { sessions, tickets: ticketMint, urlOf },
  };
  const kwargs = { cols: 80, rows: 24, user: { id: 7, name: 'Ann' }, address: '192.0.2.7' };
  const body = JSON.stringify({ fun: 'console.open', args: [], kwargs });
  const answer = await submitJob({ headers: { 'x-api-key': doorKey }, body }, deps);
  const { console: opened } = JSON.parse(answer.body) as { console: ConsoleInvitation };
  const job = consoleJobSchema.parse(deps.queue.sent[0]?.job.kwargs);
  const ticketOf = (address: string): string => new URL(address).searchParams.get('ticket') ?? '';
  return {
    session: opened.session,
    job,
    tickets: { agent: ticketOf(job.url), browser: ticketOf(opened.url) },
  };
}
