import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { createDynamoConsoleSessions } from '#aws/dynamo-console-sessions.ts';
import { ticketMint } from '#aws/ticket-mint.ts';
import type { ConsoleRole } from '#core/console/frames.ts';
import { newSession } from '#core/console/session-life.ts';
import { bundleLambdas } from '#lib/bundle/bundle-lambdas.ts';
import { startGatewayEmulator } from './gateway-emulator.ts';
import { AwsFault, startAwsStub } from './lambda/aws-stub.ts';
import { MemoryTables } from './lambda/memory-tables.ts';

/** The relay's bundle behind an emulated WebSocket API, its table in this process. */
export interface ConsoleGateway {
  readonly port: number;
  readonly tables: MemoryTables;
  /** A new session as the door makes it; `validSeconds`: of its tickets. */
  open(validSeconds?: number): Promise<{ session: string; tickets: Record<ConsoleRole, string> }>;
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
  const stub = await startAwsStub(
    (operation, input) => tables.answer(operation, input) ?? new AwsFault('UnknownOperationException'),
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
      async open(validSeconds = 60) {
        const now = Date.now() / 1000;
        const session = crypto.randomUUID();
        const user = { id: 7, name: 'Ann' };
        const tickets = { agent: ticketMint.make(), browser: ticketMint.make() };
        const record = (ticket: string) => ({
          hash: ticketMint.hashOf(ticket),
          expiresAt: now + validSeconds,
        });
        await sessions.create(newSession({ id: session, pbx: 'acme_hq', user, address: null }, now), {
          agent: record(tickets.agent),
          browser: record(tickets.browser),
        });
        return { session, tickets };
      },
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
