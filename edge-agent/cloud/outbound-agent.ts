import { Agent } from 'node:https';
import { createSecureContext, getCACertificates } from 'node:tls';
import type { Identity } from './identity-files.ts';
import type { ProxySettings } from './proxy-settings.ts';

export interface OutboundOptions {
  readonly proxy: ProxySettings;
  /** PEM of authorities that are trusted besides Node's own. */
  readonly ca?: string | undefined;
  /** Shown to the server (mTLS), also through the proxy's tunnel. */
  readonly identity?: Identity;
  readonly keepAlive: boolean;
}

/** How connections to AWS are made. The secure context is built once: with `ca` it holds some 150 authorities. */
export function createOutboundAgent({ proxy, ca, identity, keepAlive }: OutboundOptions): Agent {
  const secureContext = createSecureContext({
    ...(ca === undefined ? {} : { ca: [...getCACertificates('default'), ca] }),
    ...(identity === undefined ? {} : { cert: identity.certificate, key: identity.key }),
    minVersion: 'TLSv1.2',
  });
  return new Agent({ keepAlive, maxSockets: 10, secureContext, proxyEnv: { ...proxy } });
}
