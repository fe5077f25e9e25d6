import type { ConsoleTransport } from '#core/ports/console-transport.ts';
import { createOutboundAgent } from './cloud/outbound-agent.ts';
import { proxySettings } from './cloud/proxy-settings.ts';
import type { CloudConfig } from './config/cloud-schema.ts';
import { createWebSocketTransport } from './console/web-socket-transport.ts';

/** The console goes out as everything else does: by the same proxy, with the same authorities. */
export function createConsoleTransport(
  { proxy, ca }: Pick<CloudConfig, 'proxy' | 'ca'>,
  env: Readonly<Record<string, string | undefined>>,
): ConsoleTransport {
  return createWebSocketTransport(
    createOutboundAgent({ proxy: proxySettings(proxy, env), ca, keepAlive: false }),
  );
}
