import { beforeAll, describe, expect, it } from 'vitest';
import { enrollmentAnswerSchema } from '#core/contracts/enrollment.ts';
import { makeIdentity } from '#edge-agent/enroll/make-identity.ts';
import { enrollAgent, type EnrollDeps } from '#lambdas/enroll-agent/enroll-agent.ts';
import { awsError } from '#test/support/scripted-aws-client.ts';
import { recordingLogger } from '#test/support/recording-logger.ts';

const code = 'K7Q2MK7Q2MK7Q2MK7Q2MK7Q2MK';
const shown = 'k7q2m-k7q2m-k7q2m-k7q2m-k7q2m-k';
const id = 'a'.repeat(64);
let csr: string;

beforeAll(async () => {
  ({ csrPem: csr } = await makeIdentity());
});

type Step = 'create' | 'attach' | 'activate' | 'cutOffOthers' | 'redeem' | 'address' | 'discard' | 'release';

/** AWS IoT and the table in a few lines; `failing` throws at a step. */
function underTest() {
  const steps: string[] = [];
  const state = {
    codes: new Map([[code, 'free' as 'free' | 'claimed']]),
    certificate: 'none' as 'none' | 'inactive' | 'active',
    failing: new Map<Step, Error>(),
    lapsed: false,
    logger: recordingLogger(),
  };
  const step = (name: Step) => {
    steps.push(name);
    const error = state.failing.get(name);
    if (error !== undefined) throw error;
  };
  const deps: EnrollDeps<{ pbx: string; code: string }> = {
    codes: {
      async claim(asked) {
        const found = state.codes.get(asked);
        if (found === undefined) return { outcome: 'refused' };
        if (found === 'claimed') return { outcome: 'busy' };
        state.codes.set(asked, 'claimed');
        return { outcome: 'claimed', claim: { pbx: 'acme_hq', code: asked } };
      },
      async release(claim) {
        step('release');
        state.codes.set(claim.code, 'free');
      },
      async redeem(claim) {
        step('redeem');
        if (state.lapsed) return false;
        return state.codes.delete(claim.code);
      },
    },
    certificates: {
      async create() {
        step('create');
        state.certificate = 'inactive';
        return {
          id,
          arn: `arn:aws:iot:eu-central-1:123456789012:cert/${id}`,
          pem: '-----BEGIN CERTIFICATE-----',
        };
      },
      attach: async () => step('attach'),
      async activate() {
        step('activate');
        state.certificate = 'active';
      },
      async cutOffOthers(_pbx, keepId) {
        step('cutOffOthers');
        expect(keepId).toBe(id);
        return ['b'.repeat(64)];
      },
      async discard() {
        step('discard');
        state.certificate = 'none';
      },
    },
    async addressOf(pbx) {
      step('address');
      return {
        region: 'eu-central-1',
        bus: 'odoopbx',
        queueUrl: `https://sqs.eu-central-1.amazonaws.com/123456789012/odoopbx-jobs-${pbx}`,
        credentialsEndpoint: 'c1.credentials.iot.eu-central-1.amazonaws.com',
        roleAlias: 'odoopbx-agent',
      };
    },
    logger: state.logger,
  };
  const post = (body: unknown = { code: shown, csr }) =>
    enrollAgent(typeof body === 'string' ? body : JSON.stringify(body), deps);
  return { steps, state, post };
}

it('gives the certificate and the address of the cloud, and ends the code', async () => {
  const { state, steps, post } = underTest();
  const answer = await post();
  expect(answer.statusCode).toBe(200);
  expect(enrollmentAnswerSchema.parse(JSON.parse(answer.body))).toMatchObject({
    pbx: 'acme_hq',
    certificateId: id,
    cloud: { queueUrl: expect.stringMatching(/odoopbx-jobs-acme_hq$/), roleAlias: 'odoopbx-agent' },
  });
  expect(steps).toEqual(['address', 'create', 'attach', 'activate', 'cutOffOthers', 'redeem']);
  expect(state.certificate).toBe('active');
  expect((await post()).statusCode).toBe(403);
});

it.each(['address', 'create', 'attach', 'activate', 'cutOffOthers', 'redeem'] as const)(
  'neither burns the code nor leaves a certificate when "%s" fails',
  async (step) => {
    const { state, post } = underTest();
    state.failing.set(step, awsError('ThrottlingException'));
    const answer = await post();
    expect(answer.statusCode).toBe(500);
    expect(answer.body).toContain('code is still good');
    expect(state.certificate).toBe('none');
    expect(state.logger.at('error')).toMatchObject([
      { pbx: 'acme_hq', cause: expect.stringContaining('Throttling') },
    ]);
    state.failing.clear();
    expect((await post()).statusCode).toBe(200);
    expect(state.certificate).toBe('active');
  },
);

it('takes the certificate back when another request took over the code', async () => {
  const { state, post } = underTest();
  state.lapsed = true;
  expect((await post()).statusCode).toBe(409);
  expect(state.certificate).toBe('none');
});

it('gives the code back even when the certificate can not be deleted, and says which one it is', async () => {
  const { state, post } = underTest();
  state.failing.set('redeem', new Error('no route'));
  state.failing.set('discard', new Error('no route'));
  expect((await post()).statusCode).toBe(500);
  expect(state.logger.at('error')).toContainEqual(expect.objectContaining({ certificate: id }));
  expect(state.codes.get(code)).toBe('free');
  state.failing.set('release', new Error('no route'));
  expect((await post()).statusCode).toBe(500);
});

it('tells a person that the PBX is not deployed', async () => {
  const { state, post } = underTest();
  state.failing.set('attach', awsError('ResourceNotFoundException'));
  const answer = await post();
  expect(answer.statusCode).toBe(409);
  expect(answer.body).toContain('acme_hq is not deployed');
  expect(state.codes.get(code)).toBe('free');
});

it('answers an unknown code and an ended one alike', async () => {
  const { post } = underTest();
  const unknown = await post({ code: '0'.repeat(26), csr });
  await post();
  expect(await post()).toEqual(unknown);
  expect(unknown.statusCode).toBe(403);
});

it('lets one request at a time work on a code', async () => {
  const { post } = underTest();
  const answers = await Promise.all([post(), post()]);
  expect(answers.map(({ statusCode }) => statusCode).toSorted((a, b) => a - b)).toEqual([200, 409]);
});

describe('a request that is not as agreed', () => {
  it.each([
    ['no JSON', 'code=1', 'JSON'],
    ['no code', { csr: 'x' }, 'code'],
    ['a code that is none', { code: 'abc', csr: 'x' }, 'code'],
    ['no CSR', { code: shown }, 'csr'],
    ['more than asked for', { code: shown, csr: 'x', pbx: 'other_hq' }, 'csr'],
    [
      'a CSR that is none',
      { code: shown, csr: '-----BEGIN CERTIFICATE REQUEST-----\nAA==\n-----END CERTIFICATE REQUEST-----\n' },
      'csr',
    ],
    ['too large', 'x'.repeat(20_000), 'too large'],
  ])('is refused before the code is touched: %s', async (_, body, said) => {
    const { steps, state, post } = underTest();
    const answer = await post(body);
    expect(answer.statusCode).toBe(400);
    expect(answer.headers['content-type']).toContain('text/plain');
    expect(answer.body).toContain(said);
    expect(steps).toEqual([]);
    expect(state.codes.get(code)).toBe('free');
  });
});

it('logs neither code nor CSR, and no answer quotes them', async () => {
  const { state, post } = underTest();
  state.failing.set('create', awsError('InvalidRequestException', `bad request: ${csr}`));
  const answers = [
    await post(),
    await post({ code: shown, csr: 'secret-csr' }),
    await post({ code: 'secret-code', csr }),
  ];
  const told = JSON.stringify([
    answers,
    (['debug', 'info', 'warn', 'error'] as const).map((level) => state.logger.at(level)),
  ]);
  for (const secret of [code, shown, 'secret-c', csr.slice(60, 100)]) expect(told).not.toContain(secret);
});
