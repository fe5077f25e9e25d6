import { OdoopbxError } from '#core/errors/odoopbx-error.ts';

/** In the form that Node's agents take as `proxyEnv`. */
export interface ProxySettings {
  HTTPS_PROXY?: string;
  NO_PROXY?: string;
}

/**
 * The CONNECT proxy for what goes out: the configuration's before the environment's (small letters before
 * capitals, as curl reads them), `false` for none. Throws CONFIG_INVALID for an HTTPS_PROXY that is no address.
 */
export function proxySettings(
  configured: string | false | undefined,
  env: Readonly<Record<string, string | undefined>>,
): ProxySettings {
  if (configured === false) return {};
  const proxy = configured ?? fromEnvironment(given(env['https_proxy'], env['HTTPS_PROXY']));
  if (proxy === undefined) return {};
  const direct = given(env['no_proxy'], env['NO_PROXY']);
  return direct === undefined ? { HTTPS_PROXY: proxy } : { HTTPS_PROXY: proxy, NO_PROXY: direct };
}

function fromEnvironment(proxy: string | undefined): string | undefined {
  if (proxy === undefined) return undefined;
  // `proxy.example.com:3128` is common there.
  const url = URL.parse(proxy.includes('://') ? proxy : `http://${proxy}`);
  if (url && /^https?:$/.test(url.protocol) && url.hostname !== '') return url.href;
  throw new OdoopbxError(
    'CONFIG_INVALID',
    'HTTPS_PROXY of the environment must be an address such as http://proxy.example.com:3128',
  );
}

function given(...values: readonly (string | undefined)[]): string | undefined {
  return values.find((value) => value !== undefined && value.trim() !== '')?.trim();
}
