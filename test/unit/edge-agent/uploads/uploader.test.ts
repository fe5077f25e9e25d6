import { createHash, randomBytes } from 'node:crypto';
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { silentLogger } from '#core/ports/logger.ts';
import type { UploadOrder, Uploader } from '#core/ports/uploader.ts';
import { openFileFolder } from '#edge-agent/files/file-folder.ts';
import { createStaging } from '#edge-agent/uploads/staging.ts';
import { httpTransport } from '#edge-agent/uploads/transport.ts';
import { createUploader } from '#edge-agent/uploads/uploader.ts';
import { fixedRandom } from '#test/support/fixed-random.ts';
import { manualClock, type ManualClock } from '#test/support/manual-clock.ts';
import { recordingLogger } from '#test/support/recording-logger.ts';
import { temporaryFolder } from '#test/support/temporary-folder.ts';
import { type UploadReceiver, uploadReceiver } from '#test/support/upload-receiver.ts';

const never = new AbortController().signal;
const code = (code: string) => expect.objectContaining({ code });

interface Trial {
  receiver: UploadReceiver;
  clock: ManualClock;
  content: Buffer;
  order: UploadOrder;
  path: string;
  uploader: Uploader;
}

async function trial(bytes = 2_500_000): Promise<Trial> {
  const folder = temporaryFolder();
  const recordings = openFileFolder(folder);
  const content = randomBytes(bytes);
  const path = join(folder, 'call.wav');
  writeFileSync(path, content);
  const receiver = await uploadReceiver();
  const clock = manualClock();
  const { modifiedAt } = await recordings.open('call.wav').then(async (file) => (await file.close(), file));
  const order: UploadOrder = {
    jobId: 'job-00000001',
    url: receiver.url,
    deadline: clock.now() / 1000 + 86_400,
    bytes,
    sha256: createHash('sha256').update(content).digest('hex'),
    answer: { file_name: 'call.wav' },
    source: { kind: 'recording', name: 'call.wav', modifiedAt },
  };
  const uploader = createUploader({
    recordings,
    staging: createStaging(openFileFolder(join(folder, 'uploads'))),
    transport: httpTransport(),
    addresses: { hosts: undefined, odooUrl: receiver.url },
    clock,
    random: fixedRandom(),
    logger: silentLogger,
  });
  return { receiver, clock, content, order, path, uploader };
}

describe('an upload', () => {
  it('goes in pieces that a proxy takes, and answers what the receiver made of it', async () => {
    const { uploader, order, receiver, content } = await trial();
    expect(await uploader.upload(order, never)).toEqual({
      file_name: 'call.wav',
      bytes: content.length,
      sha256: order.sha256,
      attachment_id: 42,
    });
    expect(receiver.received.equals(content)).toBe(true);
    expect(receiver.requests).toEqual([
      'GET',
      'PUT bytes 0-999999/2500000',
      'PUT bytes 1000000-1999999/2500000',
      'PUT bytes 2000000-2499999/2500000',
    ]);
  });

  it('goes on where the connection was cut', async () => {
    const { uploader, order, receiver, content, clock } = await trial();
    let cuts = 0;
    receiver.before = (request) => {
      if (request.method !== 'PUT' || receiver.received.length === 0 || cuts >= 3) return false;
      cuts += 1;
      // Some of it arrived.
      request.once('data', (chunk: Buffer) => {
        receiver.received = Buffer.concat([receiver.received, chunk]);
        request.socket.destroy();
      });
      return true;
    };
    await uploader.upload(order, never);
    expect(receiver.received.equals(content)).toBe(true);
    expect([cuts, clock.slept.length]).toEqual([3, 3]);
  });

  it('waits longer and longer for a receiver that is down, five minutes at most', async () => {
    const { uploader, order, receiver, clock } = await trial(10);
    let failures = 12;
    receiver.before = (_, response) => {
      if (failures === 0) return false;
      failures -= 1;
      response.writeHead(failures % 2 === 0 ? 503 : 429).end();
      return true;
    };
    await uploader.upload(order, never);
    expect(clock.slept).toHaveLength(12);
    expect(clock.slept).toEqual(clock.slept.toSorted((a, b) => a - b));
    expect(clock.slept.at(-1)).toBeLessThanOrEqual(300_000);
  });

  it('over a line that is too slow expires between two pieces', async () => {
    const { uploader, order, receiver, clock } = await trial(3_000_000);
    receiver.before = ({ method }) => {
      if (method === 'PUT') clock.advance(50_000_000);
      return false;
    };
    await expect(uploader.upload(order, never)).rejects.toMatchObject({ code: 'UPLOAD_EXPIRED' });
    expect(receiver.requests.filter((line) => line.startsWith('PUT'))).toHaveLength(2);
  });

  it('that can not be delivered in a day expires, and says what was wrong', async () => {
    const { uploader, order, receiver, clock } = await trial(10);
    await receiver.close();
    const start = clock.now();
    await expect(uploader.upload(order, never)).rejects.toThrow(
      expect.objectContaining({ code: 'UPLOAD_EXPIRED', message: expect.stringContaining('ECONNREFUSED') }),
    );
    expect(clock.now() - start).toBeGreaterThan(86_400_000 - 300_000);
    expect(clock.now() - start).toBeLessThanOrEqual(86_400_000);
  });

  it.each([
    ['a refusal of the receiver', 410, '{"error": "This address is used up."}', /used up/],
    ['a redirect', 303, '', /redirect/],
    ['a proxy that takes too little', 413, '<html>', /413/],
  ])('ends at %s', async (_, status, body, message) => {
    const { uploader, order, receiver, clock } = await trial(10);
    receiver.before = (_request, response) => {
      response.writeHead(status, { location: 'https://elsewhere.example.com/' }).end(body);
      return true;
    };
    await expect(uploader.upload(order, never)).rejects.toThrow(
      expect.objectContaining({ code: 'UPLOAD_REFUSED', message: expect.stringMatching(message) }),
    );
    expect(clock.slept).toEqual([]);
  });

  it('that an earlier try had finished needs the file no more', async () => {
    const { uploader, order, receiver, path, content } = await trial();
    await uploader.upload(order, never);
    writeFileSync(path, 'something else');
    expect(await uploader.upload(order, never)).toMatchObject({ attachment_id: 42, bytes: content.length });
    expect(receiver.requests.at(-1)).toBe('GET');
  });

  it('of a file that has changed meanwhile ends', async () => {
    const { uploader, order, path } = await trial(10);
    writeFileSync(path, 'longer than it was');
    await expect(uploader.upload(order, never)).rejects.toThrow(code('FILE_CHANGED'));
  });

  it('is interrupted by its signal, and goes on in another process', async () => {
    const { uploader, order, receiver, content } = await trial();
    const stop = new AbortController();
    receiver.before = (request) => {
      if (request.headers['content-range']?.startsWith('bytes 1000000-') !== true) return false;
      stop.abort();
      return true;
    };
    await expect(uploader.upload(order, stop.signal)).rejects.toThrow();
    receiver.before = () => false;
    await uploader.upload(order, never);
    expect(receiver.received.equals(content)).toBe(true);
    expect(receiver.requests.slice(-3)).toEqual([
      'GET', 'PUT bytes 1000000-1999999/2500000', 'PUT bytes 2000000-2499999/2500000',
    ]); // prettier-ignore
  });

  it('of an empty file is one request', async () => {
    const { uploader, order, receiver } = await trial(0);
    await uploader.upload(order, never);
    expect(receiver.requests).toEqual(['GET', 'PUT bytes */0']);
  });

  it('tells nobody its address', async () => {
    const { order, receiver, clock, path } = await trial(10);
    const logger = recordingLogger();
    const uploader = createUploader({
      recordings: openFileFolder(join(path, '..')),
      staging: createStaging(openFileFolder('/nonexistent')),
      transport: httpTransport(),
      addresses: { hosts: undefined, odooUrl: receiver.url },
      clock,
      random: fixedRandom(),
      logger,
    });
    await receiver.close();
    const failure = await uploader.upload(order, never).catch((error: unknown) => error);
    expect(`${JSON.stringify(logger)}${String(failure)}`).not.toContain('token');
  });
});

describe('what is staged', () => {
  it('is kept until it is forgotten', async () => {
    const { uploader, order, receiver, path } = await trial(10);
    const staged = { ...order, source: { kind: 'staged' as const }, bytes: 4 };
    const sha256 = createHash('sha256').update('text').digest('hex');
    await uploader.stage(order.jobId, Buffer.from('text'));
    await uploader.stage('job-00000002', Buffer.from('of a job that is over'));
    await uploader.tidy([order.jobId]);
    await uploader.upload({ ...staged, sha256 }, never);
    expect(receiver.received.toString()).toBe('text');
    const file = (jobId: string) => join(path, '..', 'uploads', jobId);
    expect([existsSync(file(order.jobId)), existsSync(file('job-00000002'))]).toEqual([true, false]);
    await uploader.forget(order.jobId);
    expect(existsSync(file(order.jobId))).toBe(false);
  });
});
