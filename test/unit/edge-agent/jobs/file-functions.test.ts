import { createHash, randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Json } from '#core/contracts/job.ts';
import { openFileFolder } from '#edge-agent/files/file-folder.ts';
import { type JobContext, LargeResult } from '#edge-agent/jobs/functions/job-function.ts';
import { createPolicy } from '#edge-agent/jobs/policy.ts';
import { createRegistry } from '#edge-agent/jobs/registry.ts';
import { temporaryFolder } from '#test/support/temporary-folder.ts';

const upload = { url: 'https://odoo.example.com/asterisk_plus/upload/token' };
const hash = (content: string | Buffer) => createHash('sha256').update(content).digest('hex');
const code = (code: string) => expect.objectContaining({ code });

function trial() {
  const above = temporaryFolder();
  const [configDir, recordingDir] = [join(above, 'etc'), join(above, 'monitor')];
  mkdirSync(configDir);
  mkdirSync(recordingDir);
  const context = {
    files: {
      configs: openFileFolder(configDir),
      recordings: openFileFolder(recordingDir),
      recordingsInAsterisk: '/var/spool/asterisk/monitor',
    },
    signal: new AbortController().signal,
  } as unknown as JobContext;
  const call = (fun: string, args: Json[] = [], kwargs: { [key: string]: Json } = {}) =>
    createRegistry().find(fun).run(args, kwargs, context);
  return { call, configDir, recordingDir };
}

describe('recording.get_file', () => {
  it("gives a small one with the result, by Asterisk's own path or a relative one", async () => {
    const { call, recordingDir } = trial();
    writeFileSync(join(recordingDir, 'a.wav'), 'RIFF');
    const answer = { file_name: 'a.wav', bytes: 4, sha256: hash('RIFF'), file_data: 'UklGRg==' };
    for (const name of ['a.wav', '/var/spool/asterisk/monitor/a.wav', join(recordingDir, 'a.wav')]) {
      expect(await call('recording.get_file', [name])).toEqual(answer);
    }
    expect(await call('recording.get_file', [], { name: 'a.wav' })).toEqual(answer);
  });

  it('has a larger one uploaded', async () => {
    const { call, recordingDir } = trial();
    const content = randomBytes(1_500_000);
    writeFileSync(join(recordingDir, 'a.wav'), content);
    const result = await call('recording.get_file', ['a.wav'], { upload });
    expect(result).toBeInstanceOf(LargeResult);
    expect(result).toMatchObject({
      address: upload,
      upload: { bytes: content.length, sha256: hash(content), source: { kind: 'recording', name: 'a.wav' } },
    });
    await expect(call('recording.get_file', ['a.wav'])).rejects.toThrow(code('RESULT_TOO_LARGE'));
    await expect(
      call('recording.get_file', ['a.wav'], { upload: { ...upload, max_bytes: 1_000_000 } }),
    ).rejects.toThrow(code('RESULT_TOO_LARGE'));
    for (const bad of [{ url: 'file:///etc/passwd' }, { url: 'no' }, 'https://x', { ...upload, more: 1 }]) {
      await expect(call('recording.get_file', ['a.wav'], { upload: bad })).rejects.toThrow(
        code('JOB_BAD_ARGUMENTS'),
      );
    }
  });

  it.each([
    [[]], [['']], [[5]], [['/etc/passwd']], [['/var/spool/asterisk/monitor/../../../etc/passwd']],
    [['/var/spool/asterisk/monitor']], [['/var/spool/asterisk/monitorx/a.wav']], [['../etc/pjsip.conf']],
  ])('reaches nothing else: %j', async (args) => {
    await expect(trial().call('recording.get_file', args)).rejects.toThrow(code('JOB_BAD_ARGUMENTS'));
    await expect(trial().call('file.delete', args)).rejects.toThrow(code('JOB_BAD_ARGUMENTS'));
  }); // prettier-ignore
});

describe('file.delete', () => {
  it('deletes a recording for good', async () => {
    const { call, recordingDir } = trial();
    writeFileSync(join(recordingDir, 'a.wav'), 'RIFF');
    expect(await call('file.delete', ['/var/spool/asterisk/monitor/a.wav'])).toBe(true);
    expect(existsSync(join(recordingDir, 'a.wav'))).toBe(false);
    await expect(call('file.delete', ['a.wav'])).rejects.toThrow(code('FILE_NOT_FOUND'));
  });
});

describe('configuration files', () => {
  it('are given and put as text, and what was there is kept', async () => {
    const { call, configDir } = trial();
    writeFileSync(join(configDir, 'pjsip.conf'), '[101]\n; José\n');
    expect(await call('asterisk.get_config', ['pjsip.conf'])).toBe('[101]\n; José\n');
    expect(await call('asterisk.put_config', ['pjsip.conf', '[102]\n'])).toEqual({
      name: 'pjsip.conf', bytes: 6, sha256: hash('[102]\n'), changed: true,
    });
    expect(readFileSync(join(configDir, 'pjsip.conf'), 'utf8')).toBe('[102]\n');
    expect(await call('asterisk.delete_config', ['pjsip.conf'])).toBe(true);
    expect(readFileSync(join(configDir, 'pjsip.conf.bak'), 'utf8')).toBe('[102]\n');
  }); // prettier-ignore

  it('are put only over the version that was expected', async () => {
    const { call, configDir } = trial();
    writeFileSync(join(configDir, 'a.conf'), 'changed by hand');
    const put = (expected_sha256: string) =>
      call('asterisk.put_config', ['a.conf', 'new'], { expected_sha256 });
    await expect(put(hash('as Odoo knows it'))).rejects.toThrow(code('FILE_CHANGED'));
    await expect(put('yes')).rejects.toThrow(code('JOB_BAD_ARGUMENTS'));
    expect(await put(hash('changed by hand'))).toMatchObject({ changed: true });
  });

  it('of two that expect the same version at once, one is put', async () => {
    const { call, configDir } = trial();
    writeFileSync(join(configDir, 'a.conf'), 'before');
    const put = (text: string) =>
      call('asterisk.put_config', ['a.conf', text], { expected_sha256: hash('before') });
    const [first, second] = await Promise.allSettled([put('one'), put('two')]);
    expect(first.status).toBe('fulfilled');
    expect(second).toMatchObject({ status: 'rejected', reason: { code: 'FILE_CHANGED' } });
  });

  it('are given all at once, with null for what is no text', async () => {
    const { call, configDir } = trial();
    mkdirSync(join(configDir, 'pjsip.d'));
    writeFileSync(join(configDir, 'a.conf'), 'a');
    writeFileSync(join(configDir, 'pjsip.d/b.conf'), 'b');
    writeFileSync(join(configDir, 'latin1.conf'), Buffer.from([0x4a, 0xf3]));
    writeFileSync(join(configDir, 'key.pem'), 'secret');
    expect(await call('asterisk.get_all_configs')).toEqual({
      'a.conf': 'a',
      'pjsip.d/b.conf': 'b',
      'latin1.conf': null,
    });
    await expect(call('asterisk.get_config', ['latin1.conf'])).rejects.toThrow(code('FILE_REFUSED'));
  });

  it('are uploaded when they are too many for the bus', async () => {
    const { call, configDir } = trial();
    writeFileSync(join(configDir, 'a.conf'), 'x'.repeat(300_000));
    await expect(call('asterisk.get_all_configs')).rejects.toThrow(code('RESULT_TOO_LARGE'));
    const result = (await call('asterisk.get_all_configs', [], { upload })) as LargeResult;
    expect(JSON.parse(Buffer.from(result.content ?? []).toString())).toEqual({
      'a.conf': 'x'.repeat(300_000),
    });
    expect(result.upload).toMatchObject({
      source: { kind: 'staged' },
      sha256: hash(Buffer.from(result.content ?? [])),
    });
  });

  it('are put all at once: none when one of them is wrong', async () => {
    const { call, configDir } = trial();
    await expect(call('asterisk.put_all_configs', [{ 'a.conf': 'a', 'b.txt': 'b' }])).rejects.toThrow(
      code('JOB_BAD_ARGUMENTS'),
    );
    expect(existsSync(join(configDir, 'a.conf'))).toBe(false);
    expect(await call('asterisk.put_all_configs', [{ 'a.conf': 'a', 'b.conf': 'b' }])).toMatchObject([
      { name: 'a.conf', changed: true },
      { name: 'b.conf', changed: true },
    ]);
    await expect(call('asterisk.put_all_configs', [{ 'c.conf': 'c', 'none/d.conf': 'd' }])).rejects.toThrow(
      /Written before that: c.conf/,
    );
  });

  it.each([
    [['pjsip.conf.bak', 'x']], [['extensions.lua', 'x']], [['../a.conf', 'x']], [['/etc/asterisk/a.conf', 'x']],
    [['a.conf', 5]], [['a.conf']], [['a.conf', 'x\0']], [['a.conf', '\ud800']], [['a.conf', 'x'.repeat(1_000_001)]],
  ])('have names and contents of their kind', async (args) => {
    await expect(trial().call('asterisk.put_config', args)).rejects.toThrow(code('JOB_BAD_ARGUMENTS'));
  }); // prettier-ignore
});

it('is up to the PBX: recordings are given unless it says otherwise, the rest is not', () => {
  const policy = createPolicy();
  policy.checkFunction('recording.get_file');
  for (const fun of [
    'asterisk.get_config', 'asterisk.get_all_configs', 'asterisk.put_config', 'asterisk.put_all_configs',
    'asterisk.delete_config', 'file.delete',
  ]) {
    expect(() => policy.checkFunction(fun)).toThrow(code('JOB_REFUSED_BY_POLICY'));
  }
}); // prettier-ignore
