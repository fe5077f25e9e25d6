/** An answer of an HTTP API (payload 2.0). */
export interface HttpAnswer {
  readonly statusCode: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** A certificate is nobody else's business, not even a cache's. */
const always = { 'cache-control': 'no-store' };

export function jsonAnswer(value: object): HttpAnswer {
  const headers = { ...always, 'content-type': 'application/json' };
  return { statusCode: 200, headers, body: JSON.stringify(value) };
}

export function textAnswer(statusCode: number, text: string): HttpAnswer {
  const headers = { ...always, 'content-type': 'text/plain; charset=utf-8' };
  return { statusCode, headers, body: text };
}

/** What a person is told in the place of a certificate. Thrown inside enroll-agent, never out of it. */
export class Refusal extends Error {
  readonly status: 400 | 403 | 409 | 500;

  constructor(status: Refusal['status'], message: string) {
    super(message);
    this.status = status;
  }

  answer(): HttpAnswer {
    return textAnswer(this.status, this.message);
  }
}
