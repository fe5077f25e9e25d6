import type { IncomingMessage } from 'node:http';
import type { MiddlewareHandler } from 'hono';

/** Nothing from elsewhere, no inline script: what an event or a caller's name holds can never run here. */
const policy = [
  "default-src 'none'",
  "script-src 'self'",
  // The terminal makes its colours by a style element of its own.
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

const localNames = new Set(['127.0.0.1', 'localhost', '[::1]']);

function isLocal(host: string | undefined): boolean {
  if (host === undefined || !/^[a-z0-9.:[\]-]{1,80}$/i.test(host)) return false;
  return localNames.has(host.replace(/:\d{1,5}$/, '').toLowerCase());
}

/** A WebSocket comes from the page itself, or not at all. */
export function admitsUpgrade({ headers }: IncomingMessage): boolean {
  return isLocal(headers.host) && headers.origin === `http://${headers.host}`;
}

/**
 * The page can make phones ring, so it answers only itself: the Host header must name this machine (another name
 * that resolves to 127.0.0.1 is DNS rebinding), and what changes something must come from the page's own origin.
 */
export const guardPage: MiddlewareHandler = async (context, next) => {
  const host = context.req.header('host');
  if (!isLocal(host)) return context.text('This page answers to localhost alone.', 421);
  if (context.req.method !== 'GET') {
    const origin = context.req.header('origin');
    const site = context.req.header('sec-fetch-site');
    if (origin !== `http://${host}` || (site !== undefined && site !== 'same-origin')) {
      return context.text('Only the page itself may do this.', 403);
    }
    if (!context.req.header('content-type')?.startsWith('application/json')) {
      return context.text('Only JSON is taken.', 415);
    }
  }
  await next();
  context.header('content-security-policy', policy);
  context.header('x-content-type-options', 'nosniff');
  context.header('referrer-policy', 'no-referrer');
  context.header('cross-origin-opener-policy', 'same-origin');
  context.header('cross-origin-resource-policy', 'same-origin');
  context.header('cache-control', 'no-store');
  return undefined;
};
