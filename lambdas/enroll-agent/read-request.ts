import { enrollmentRequestSchema, type EnrollmentRequest } from '#core/contracts/enrollment.ts';
import { csrProblem } from './check-csr.ts';
import { Refusal } from './http-answer.ts';

const maxBodyBytes = 16_384;

/** The body as a request whose CSR is in order. What is refused is named, never quoted. */
export function readRequest(body: string): EnrollmentRequest {
  if (Buffer.byteLength(body) > maxBodyBytes) {
    throw new Refusal(400, `The request is too large: ${maxBodyBytes} bytes at most.`);
  }
  const parsed = enrollmentRequestSchema.safeParse(jsonOf(body));
  if (!parsed.success) {
    const fields = new Set(parsed.error.issues.map(({ path }) => String(path[0] ?? 'body')));
    throw new Refusal(400, [...fields].map((field) => problems[field] ?? problems['body']).join('\n'));
  }
  const problem = csrProblem(parsed.data.csr);
  if (problem !== undefined) throw new Refusal(400, problem);
  return parsed.data;
}

const problems: Readonly<Record<string, string>> = {
  code: 'code: an enrolment code is 26 letters and digits.',
  csr: 'csr: a certificate signing request in PEM is wanted, 8 KB at most.',
  body: 'The body is not {"code": …, "csr": …}.',
};

function jsonOf(body: string): unknown {
  try {
    return JSON.parse(body) as unknown;
  } catch {
    throw new Refusal(400, 'The body is not JSON.');
  }
}
