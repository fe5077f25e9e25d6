import { join } from 'node:path';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { Json } from '#core/contracts/job.ts';
import { OdoopbxError } from '#core/errors/odoopbx-error.ts';
import type { UploadOrder, Uploader } from '#core/ports/uploader.ts';
import { type JobFunction, LargeResult } from '#edge-agent/jobs/functions/job-function.ts';
import { openJournal } from '#edge-agent/jobs/journal.ts';
import { MemoryJobSource } from '#test/support/memory-job-source.ts';
import { temporaryFolder } from '#test/support/temporary-folder.ts';
import { type BenchOptions, job, type JobBench, jobBench } from './job-bench.ts';

const address = { url: 'https://odoo.example.com/asterisk_plus/upload/token' };
const until = (check: () => void) => vi.waitFor(check, { timeout: 5000, interval: 2 });

/** Uploads that end when the test says so. */
class FakeUploader implements Uploader {
  readonly orders: UploadOrder[] = [];
  readonly staged = new Map<string, string>();
  readonly ends: ((answer: Json | Error) => void)[] = [];
  stage(jobId: string, content: Uint8Array): Promise<void> {
    this.staged.set(jobId, Buffer.from(content).toString());
    return Promise.resolve();
  }
  upload(order: UploadOrder, signal: AbortSignal): Promise<Json> {
    this.orders.push(order);
    return new Promise((resolve, reject) => {
      this.ends.push((answer) => (answer instanceof Error ? reject(answer) : resolve(answer)));
      signal.addEventListener('abort', () => reject(signal.reason as Error));
    });
  }
  forget(jobId: string): Promise<void> {
    this.staged.delete(jobId);
    return Promise.resolve();
  }
  tidy(jobIds: readonly string[]): Promise<void> {
    for (const jobId of this.staged.keys()) if (!jobIds.includes(jobId)) this.staged.delete(jobId);
    return Promise.resolve();
  }
}

let runs = 0;
const large: JobFunction = {
  name: 'test.large',
  async run(_args, kwargs) {
    runs += 1;
    const source = { kind: 'staged' as const };
    const expiry = typeof kwargs['expires_at'] === 'number' ? { expires_at: kwargs['expires_at'] } : {};
    return new LargeResult(
      { ...address, ...expiry },
      { bytes: 4, sha256: 'ab', answer: {}, source },
      Buffer.from('text'),
    );
  },
};

const open: JobBench[] = [];
function bench(options: BenchOptions): JobBench {
  runs = 0;
  const made = jobBench({ functions: [large], ...options });
  open.push(made);
  made.receiver.start();
  return made;
}
afterEach(async () => {
  await Promise.all(open.splice(0).map(({ receiver }) => receiver.stop({ drainMs: 0 })));
});

describe('a job whose result is uploaded', () => {
  it('is answered when the upload is done', async () => {
    const uploader = new FakeUploader();
    const { source, spooled, receiver, clock } = bench({ uploader });
    source.send(job({ id: 'job-large-1', fun: 'test.large' }));
    await until(() => expect(uploader.orders).toHaveLength(1));
    expect(uploader.staged.get('job-large-1')).toBe('text');
    expect(uploader.orders[0]).toMatchObject({ jobId: 'job-large-1', url: address.url });
    expect(uploader.orders[0]?.deadline).toBe(clock.now() / 1000 + 86_400);
    expect(spooled).toEqual([]);
    // It holds up nobody.
    expect(receiver.counts().running).toBe(0);
    uploader.ends[0]?.({ attachment_id: 42 });
    await until(() => expect(spooled).toHaveLength(1));
    expect(spooled[0]).toMatchObject({ jobId: 'job-large-1', status: 'done', result: { attachment_id: 42 } });
    await until(() => expect(uploader.staged.size).toBe(0));
  });

  it('fails with what the upload failed of', async () => {
    const uploader = new FakeUploader();
    const { source, spooled } = bench({ uploader });
    source.send(job({ fun: 'test.large', kwargs: { expires_at: 1_790_000_100 } }));
    await until(() => expect(uploader.orders).toHaveLength(1));
    expect(uploader.orders[0]?.deadline).toBe(1_790_000_100);
    uploader.ends[0]?.(new OdoopbxError('UPLOAD_EXPIRED', 'too late'));
    await until(() => expect(spooled).toHaveLength(1));
    expect(spooled[0]).toMatchObject({
      status: 'failed',
      error: { code: 'UPLOAD_EXPIRED', message: 'too late' },
    });
  });

  it('is not uploaded twice by a duplicate', async () => {
    const uploader = new FakeUploader();
    const { source, receiver } = bench({ uploader });
    const twice = job({ fun: 'test.large' });
    source.send(twice);
    await until(() => expect(uploader.orders).toHaveLength(1));
    source.send(twice);
    await until(() => expect(receiver.counts().duplicates).toBe(1));
    expect([runs, uploader.orders.length]).toEqual([1, 1]);
  });

  it('is not lost by a restart: the upload goes on, and its result is reported then', async () => {
    const path = join(temporaryFolder(), 'jobs.db');
    const first = new FakeUploader();
    const before = bench({ uploader: first, journal: openJournal(path) });
    before.source.send(job({ id: 'job-large-2', fun: 'test.large' }));
    await until(() => expect(first.orders).toHaveLength(1));
    await before.receiver.stop({ drainMs: 0 });
    before.journal.close();
    expect(before.spooled).toEqual([]);

    const second = new FakeUploader();
    second.staged.set('job-large-2', 'text').set('job-over', 'left by a crash');
    const journal = openJournal(path);
    const after = bench({ uploader: second, journal, source: new MemoryJobSource() });
    expect(second.orders).toEqual(first.orders);
    await until(() => expect([...second.staged.keys()]).toEqual(['job-large-2']));
    second.ends[0]?.({ attachment_id: 42 });
    await until(() => expect(after.spooled).toHaveLength(1));
    expect(after.spooled[0]).toMatchObject({
      jobId: 'job-large-2',
      status: 'done',
      startedAt: 1_790_000_000,
    });
    expect(runs).toBe(0);
    await until(() =>
      expect([journal.uploading(), journal.unfinished(), journal.unreported()]).toEqual([[], [], []]),
    );
    await after.receiver.stop({ drainMs: 0 });
    journal.close();
  });

  it('fails when the content can not be kept', async () => {
    const uploader = new FakeUploader();
    uploader.stage = () => Promise.reject(new OdoopbxError('FILE_ACCESS', 'the disk is full'));
    const { source, spooled } = bench({ uploader });
    source.send(job({ fun: 'test.large' }));
    await until(() => expect(spooled).toHaveLength(1));
    expect(spooled[0]).toMatchObject({ status: 'failed', error: { code: 'FILE_ACCESS' } });
  });
});
