import { beforeEach, describe, expect, test } from 'vitest';
import { OdoopbxError } from '#core/errors/odoopbx-error.ts';
import { type CredentialSource, createCredentialSource } from '#edge-agent/cloud/credential-provider.ts';
import type { CredentialAnswer } from '#edge-agent/cloud/request-credentials.ts';
import { fixedRandom } from '#test/support/fixed-random.ts';
import { type ManualClock, manualClock } from '#test/support/manual-clock.ts';
import { recordingLogger } from '#test/support/recording-logger.ts';

const hour = 3_600_000;
const minute = 60_000;

let clock: ManualClock;
let logger: ReturnType<typeof recordingLogger>;
let source: CredentialSource;
let requests: number;
/** How far AWS's clock is ahead of the PBX's. */
let aheadMs: number;
let fault: OdoopbxError | undefined;
let changes: number;
/** While it is set requests wait for it. */
let gate: Promise<void> | undefined;

async function request(): Promise<CredentialAnswer> {
  requests += 1;
  const number = requests;
  await gate;
  if (fault) throw fault;
  const now = clock.now() + aheadMs;
  return {
    date: new Date(now).toUTCString(),
    credentials: {
      accessKeyId: `key-${number}`,
      secretAccessKey: 'secret',
      sessionToken: 'token',
      expiration: new Date(now + hour),
    },
  };
}

const make = (fraction = 0) =>
  createCredentialSource({
    request,
    clock,
    random: fixedRandom(fraction),
    logger,
    changed: () => (changes += 1),
  });
const key = async () => (await source.current()).accessKeyId;
/** Lets a refresh that runs beside the calls come to its end. */
const settle = () => new Promise((resolve) => setImmediate(resolve));
const unreachable = () => new OdoopbxError('CLOUD_UNREACHABLE', 'no route', { retryable: true });
const refused = () => new OdoopbxError('CLOUD_IDENTITY_REFUSED', '403', { retryable: true });

beforeEach(() => {
  clock = manualClock();
  logger = recordingLogger();
  requests = 0;
  aheadMs = 0;
  fault = undefined;
  changes = 0;
  gate = undefined;
  source = make();
});

describe('refresh', () => {
  test('asks once for all who come at the same time', async () => {
    expect(await Promise.all([key(), key(), key()])).toEqual(['key-1', 'key-1', 'key-1']);
    clock.advance(minute);
    expect(await key()).toBe('key-1');
    expect(requests).toBe(1);
    expect(source.info()).toEqual({ validUntil: (clock.now() - minute + hour) / 1000, problem: null });
  });

  test.each([
    ['0.7', 0, 0.7],
    ['0.85', 0.999_999, 0.85],
  ])('is due after %s of the life, by chance, and nobody waits for it', async (_name, fraction, share) => {
    source = make(fraction);
    await key();
    clock.advance(hour * share - minute);
    expect([await key(), requests]).toEqual(['key-1', 1]);
    clock.advance(minute);
    expect([await key(), requests]).toEqual(['key-1', 2]);
    await settle();
    expect(await key()).toBe('key-2');
  });

  test('the old ones serve while it fails, to their last seconds; then calls fail at once', async () => {
    await key();
    fault = unreachable();
    clock.advance(hour * 0.8);
    expect(await key()).toBe('key-1');
    await settle();
    expect(source.info().problem).toMatchObject({ code: 'CLOUD_UNREACHABLE' });
    clock.advance(hour * 0.2 - 10_000);
    expect(await key()).toBe('key-1');
    clock.advance(10_000);
    await expect(key()).rejects.toMatchObject({ code: 'CLOUD_UNREACHABLE', retryable: true });
    expect(source.info().validUntil).toBeNull();
    fault = undefined;
    clock.advance(minute);
    expect(await key()).toBe(`key-${requests}`);
    expect(source.info().problem).toBeNull();
    expect(changes).toBe(2);
    expect(logger.at('warn')).toEqual([{ message: 'no new credentials', code: 'CLOUD_UNREACHABLE', error: 'no route' }]);
  }); // prettier-ignore

  test('backs off from one second to one minute where AWS is out of reach', async () => {
    fault = unreachable();
    const times: number[] = [];
    const start = clock.now();
    for (let second = 0; second < 300; second += 1) {
      const before = requests;
      await expect(key()).rejects.toThrow('no route');
      if (requests > before) times.push((clock.now() - start) / 1000);
      clock.advance(1000);
    }
    // Half of the pause is jitter, which is none here: 0.5, 1, 2, 4, 8, 16, then 30 s.
    expect(times).toEqual([0, 1, 2, 4, 8, 16, 32, 62, 92, 122, 152, 182, 212, 242, 272]);
  });

  test('asks slowly where the certificate is refused, and at once when there is another', async () => {
    fault = refused();
    await expect(key()).rejects.toMatchObject({ code: 'CLOUD_IDENTITY_REFUSED' });
    for (let at = 0; at < 3600; at += 1) {
      clock.advance(1000);
      await expect(key()).rejects.toThrow('403');
    }
    expect(requests).toBeLessThan(18);
    fault = undefined;
    await expect(key()).rejects.toThrow('403');
    source.retryNow();
    expect(await key()).toBe(`key-${requests}`);
  });
});

describe('a clock that is wrong', () => {
  test.each([
    ['behind', 5 * hour],
    ['ahead', -5 * hour],
  ])('hours %s: the life is as long as AWS says', async (_name, ahead) => {
    aheadMs = ahead;
    const { expiration } = await source.current();
    // The SDK compares it with this machine's clock.
    expect(Math.abs(expiration.getTime() - clock.now() - hour)).toBeLessThanOrEqual(1000);
    clock.advance(hour * 0.6);
    expect([await key(), requests]).toEqual(['key-1', 1]);
    clock.advance(hour * 0.5);
    expect(await key()).toBe('key-2');
  });

  test('put back: what nobody can know the age of is not used', async () => {
    await key();
    clock.advance(-2 * hour);
    expect(await key()).toBe('key-2');
  });
});

describe('rejected by AWS', () => {
  test('the next call waits for new ones', async () => {
    await key();
    source.rejected('key-1');
    expect(await key()).toBe('key-2');
  });

  test('a late rejection of older ones changes nothing', async () => {
    await key();
    source.rejected('key-0');
    expect([await key(), requests]).toEqual(['key-1', 1]);
  });

  test('does not ask without end where new ones do not help', async () => {
    for (let at = 0; at < 3600; at += 1) {
      source.rejected(await key());
      clock.advance(1000);
    }
    expect(requests).toBeLessThan(18);
  });

  test('the old ones are used where there are no new ones', async () => {
    await key();
    fault = unreachable();
    source.rejected('key-1');
    expect(await key()).toBe('key-1');
  });

  test('calls that come while new ones are fetched wait for those', async () => {
    await key();
    const { promise, resolve } = Promise.withResolvers<void>();
    gate = promise;
    source.rejected('key-1');
    const keys = Promise.all([key(), key()]);
    resolve();
    expect(await keys).toEqual(['key-2', 'key-2']);
  });
});

test('no secret is logged', async () => {
  await key();
  expect(JSON.stringify(logger.at('info'))).not.toMatch(/secret|token/);
});
