import { OdooFault } from './faults.ts';
import type { HttpAnswer } from './http-exchange.ts';

/**
 * The error for an answer that is not Odoo's JSON: a proxy, a page for people, a server that is starting. What
 * says something of the installation (a redirect, a page instead of JSON, 401 to 404) is retryable: events wait
 * until it is put right. What says something of this request (400, 413) is not.
 */
export function httpFault(answer: HttpAnswer): OdooFault {
  const { status } = answer;
  const retryAfterSeconds = secondsOf(answer.retryAfter);
  if (status === 429)
    return new OdooFault('ODOO_BUSY', 'Odoo asks for fewer requests (HTTP 429)', retry(retryAfterSeconds));
  if (status === 502 || status === 504) {
    return new OdooFault(
      'ODOO_UNREACHABLE',
      `the proxy does not reach Odoo (HTTP ${status})`,
      retry(retryAfterSeconds),
    );
  }
  if (status >= 500)
    return new OdooFault('ODOO_BUSY', `Odoo answered HTTP ${status}`, retry(retryAfterSeconds));
  if (status === 404 && answer.text.includes('No database is selected')) {
    return new OdooFault('ODOO_DATABASE_MISSING', 'Odoo does not have this database', retry());
  }
  if (status >= 300 && status < 400) {
    return new OdooFault(
      'ODOO_BAD_ANSWER',
      `Odoo answered with a redirect (HTTP ${status}), which is not followed`,
      retry(),
    );
  }
  const perRequest = status === 400 || status === 413 || status === 414 || status === 415;
  return new OdooFault(
    'ODOO_BAD_ANSWER',
    `Odoo answered HTTP ${status} and no JSON (${answer.contentType || 'no content type'})`,
    {
      retryable: !perRequest,
    },
  );
}

function retry(retryAfterSeconds?: number): { retryable: true; retryAfterSeconds?: number | undefined } {
  return { retryable: true, retryAfterSeconds };
}

/** `Retry-After` in seconds; its other form, a date, would need a clock in step with the server's: not read. */
function secondsOf(retryAfter: string | undefined): number | undefined {
  if (retryAfter === undefined || !/^\d{1,6}$/.test(retryAfter.trim())) return undefined;
  return Number(retryAfter);
}

/** The body as JSON; an OdooFault where it is none. */
export function jsonOf(answer: HttpAnswer): unknown {
  try {
    return JSON.parse(answer.text) as unknown;
  } catch {
    throw httpFault(answer);
  }
}
