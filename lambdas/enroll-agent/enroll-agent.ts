import { enrollmentAnswerSchema, type CloudAddress } from '#core/contracts/enrollment.ts';
import { messageOf } from '#core/errors/odoopbx-error.ts';
import type { PbxId } from '#core/contracts/names.ts';
import type { Logger } from '#core/ports/logger.ts';
import { Refusal, jsonAnswer, type HttpAnswer } from './http-answer.ts';
import { readRequest } from './read-request.ts';

/** A code while this request works on it. */
interface Claim {
  readonly pbx: PbxId;
}

interface Certificate {
  readonly id: string;
  readonly arn: string;
  readonly pem: string;
}

export interface EnrollDeps<C extends Claim = Claim> {
  readonly codes: {
    claim(
      code: string,
    ): Promise<{ outcome: 'claimed'; claim: C } | { outcome: 'refused' } | { outcome: 'busy' }>;
    release(claim: C): Promise<void>;
    /** False when the claim has lapsed. */
    redeem(claim: C, certificateId: string): Promise<boolean>;
  };
  readonly certificates: {
    create(csrPem: string): Promise<Certificate>;
    attach(certificate: Certificate, pbx: PbxId): Promise<void>;
    activate(id: string): Promise<void>;
    cutOffOthers(pbx: PbxId, keepId: string): Promise<string[]>;
    discard(certificate: Certificate, pbx: PbxId): Promise<void>;
  };
  /** What the agent's `cloud` section is to say. */
  readonly addressOf: (pbx: PbxId) => Promise<CloudAddress>;
  readonly logger: Logger;
}

const refusedCode =
  'The code is not known, was used already, or has expired. Ask for a new one (odoopbx invite).';
const busyCode = 'Another request is at work on this code. Try again in a minute.';
const failed = 'The PBX could not be enrolled. The code is still good: try again in a minute.';

/**
 * `POST /enroll`: turns a one-time code and a CSR into the PBX's certificate. 200 with enrollmentAnswerSchema, or
 * plain text: 400 the request, 403 the code, 409 not now or not deployed, 500 try again. It rejects only when not
 * even the code could be looked up.
 */
export async function enrollAgent<C extends Claim>(body: string, deps: EnrollDeps<C>): Promise<HttpAnswer> {
  try {
    // First, so that a request that can not be fulfilled holds no code.
    const { code, csr } = readRequest(body);
    const claimed = await deps.codes.claim(code);
    if (claimed.outcome === 'refused') throw new Refusal(403, refusedCode);
    if (claimed.outcome === 'busy') throw new Refusal(409, busyCode);
    return await enroll(claimed.claim, csr, deps);
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    deps.logger.info('an enrolment is refused', { status: error.status });
    return error.answer();
  }
}

/**
 * The certificate can do nothing until all that could fail before has not; the code ends last, in the transaction
 * that remembers the certificate. Until then every failure takes the certificate back and gives back the code.
 */
async function enroll<C extends Claim>(claim: C, csr: string, deps: EnrollDeps<C>): Promise<HttpAnswer> {
  const { pbx } = claim;
  const { codes, certificates, logger } = deps;
  let certificate: Certificate | undefined;
  try {
    const cloud = await deps.addressOf(pbx);
    certificate = await certificates.create(csr);
    const { id, pem } = certificate;
    const answer = enrollmentAnswerSchema.parse({ pbx, certificateId: id, certificatePem: pem, cloud });
    await certificates.attach(certificate, pbx);
    await certificates.activate(id);
    const former = await certificates.cutOffOthers(pbx, id);
    if (!(await codes.redeem(claim, id))) throw new Refusal(409, busyCode);
    logger.info('an agent is enrolled', { pbx, certificate: id, former: former.length });
    return jsonAnswer(answer);
  } catch (error) {
    await takeBack(claim, certificate, deps);
    if (error instanceof Refusal) throw error;
    if (error instanceof Error && error.name === 'ResourceNotFoundException') {
      logger.error('a PBX that is not deployed can not enrol', { pbx, cause: causeOf(error) });
      throw new Refusal(
        409,
        `PBX ${pbx} is not deployed, or not wholly. Deploy it (odoopbx deploy), then try again.`,
      );
    }
    logger.error('an enrolment failed', { pbx, cause: causeOf(error) });
    throw new Refusal(500, failed);
  }
}

async function takeBack<C extends Claim>(
  claim: C,
  certificate: Certificate | undefined,
  { codes, certificates, logger }: EnrollDeps<C>,
): Promise<void> {
  const { pbx } = claim;
  try {
    if (certificate !== undefined) await certificates.discard(certificate, pbx);
  } catch (error) {
    // Nobody was told the certificate, and the next enrolment of the PBX cuts it off where it is still attached.
    logger.error('a certificate that was made for nothing could not be deleted', {
      pbx,
      certificate: certificate?.id,
      cause: causeOf(error),
    });
  }
  try {
    await codes.release(claim);
  } catch (error) {
    logger.warn('a code could not be given back; its claim lapses in a minute', {
      pbx,
      cause: causeOf(error),
    });
  }
}

/** AWS's message may quote what was sent. */
function causeOf(error: unknown): string {
  const name = error instanceof Error ? error.name : 'Error';
  return `${name}: ${messageOf(error)
    .replaceAll(/-----BEGIN[\s\S]*/g, '…')
    .slice(0, 300)}`;
}
