import { createServer as createTlsServer } from 'node:https';
import { serve, type ServerType } from '@hono/node-server';
import { Hono } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import { messageOf } from '#core/errors/odoopbx-error.ts';
import { maxJobBytes } from '#core/contracts/job.ts';
import type { DoorAnswer } from '#lambdas/submit-job/door-answer.ts';
import { submitJob } from '#lambdas/submit-job/submit-job.ts';
import { submitWebhook, type WebhookDeps } from '#lambdas/submit-job/webhook.ts';
import type { DoorConfig } from './config.ts';
import type { ConsoleDoor } from './console/console-door.ts';
import { listen, type Listener } from './listen.ts';

/** Room for the envelope around the largest job. */
const maxBodyBytes = maxJobBytes + 64 * 1024;
/** A job is small and comes at once; who sends slower than this only holds a socket. */
const requestTimeoutMs = 30_000;

/** The door as an HTTP application: OdooPBX's path, Odoo's webhook, and `GET /health`. */
export function createDoorApp(deps: WebhookDeps): Hono {
  const app = new Hono();
  app.use(
    bodyLimit({
      maxSize: maxBodyBytes,
      onError: (context) => context.text(`A job may have at most ${maxBodyBytes} bytes.`, 413),
    }),
  );
  app.post('/app/asterisk_plus/agent', async (context) => {
    const body = await context.req.text();
    return responseOf(await submitJob({ headers: context.req.header(), body }, deps));
  });
  app.post('/webhook/:key', async (context) =>
    responseOf(await submitWebhook(context.req.param('key'), await context.req.text(), deps)),
  );
  app.get('/health', (context) => context.json({ status: 'ok' }));
  app.notFound((context) =>
    context.text('There is nothing here: post jobs to /app/asterisk_plus/agent.', 404),
  );
  app.onError((error, context) => {
    deps.logger.error('the door failed', { error: messageOf(error) });
    return context.text('The job could not be kept; try again.', 500);
  });
  return app;
}

function responseOf({ status, contentType, body }: DoorAnswer): Response {
  return new Response(body, { status, headers: { 'content-type': contentType } });
}

/** Opens the door. Rejects LISTEN_FAILED when the port is taken. */
export async function openDoor(
  config: Pick<DoorConfig, 'bind' | 'port' | 'tls'>,
  deps: WebhookDeps,
  consoles: Pick<ConsoleDoor, 'attach'>,
): Promise<Listener> {
  const { fetch } = createDoorApp(deps);
  const options = { fetch, hostname: config.bind, port: config.port };
  const { tls } = config;
  const start = (ready: (port: number) => void): ServerType =>
    tls
      ? serve(
          { ...options, createServer: createTlsServer, serverOptions: { cert: tls.cert, key: tls.key } },
          (address) => ready(address.port),
        )
      : serve({ ...options, serverOptions: { requestTimeout: requestTimeoutMs } }, (address) =>
          ready(address.port),
        );
  const startWithConsole = (ready: (port: number) => void): ServerType => {
    const server = start(ready);
    consoles.attach(server);
    return server;
  };
  return listen(startWithConsole, `the door (${config.bind}:${config.port})`);
}
