import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { FileFolder } from '#core/ports/file-folder.ts';
import { openFileFolder } from '#edge-agent/files/file-folder.ts';
import { temporaryFolder } from '#test/support/temporary-folder.ts';

interface Trial {
  /** The folder that jobs may reach. */
  readonly inside: string;
  /** One beside it that they may not. */
  readonly outside: string;
  readonly folder: FileFolder;
}

function trial(): Trial {
  const above = temporaryFolder();
  const [inside, outside] = [join(above, 'inside'), join(above, 'outside')];
  mkdirSync(join(inside, 'pjsip.d'), { recursive: true });
  mkdirSync(outside);
  writeFileSync(join(inside, 'pjsip.conf'), 'old');
  writeFileSync(join(inside, 'pjsip.d', 'phones.conf'), 'phones');
  writeFileSync(join(outside, 'secret.conf'), 'secret');
  return { inside, outside, folder: openFileFolder(inside) };
}

const text = async (folder: FileFolder, name: string) =>
  Buffer.from(await folder.read(name, 1000)).toString();
const code = (code: string) => expect.objectContaining({ code });

describe('a name', () => {
  it.each([
    '', '.', '..', '../outside/secret.conf', 'pjsip.d/../../outside/secret.conf', '/etc/passwd', 'pjsip.d//phones.conf',
    'pjsip.d/', './pjsip.conf', '.hidden.conf', 'a\0.conf', 'a\nb.conf', `${'x'.repeat(201)}.conf`, 'x/'.repeat(600),
  ])('%j reaches nothing', async (name) => {
    const { folder, inside } = trial();
    const before = readdirSync(inside);
    for (const attempt of [
      folder.read(name, 1000),
      folder.open(name),
      folder.write(name, Buffer.from('new')),
      folder.remove(name, { keep: false }),
    ]) {
      await expect(attempt).rejects.toThrow(code('JOB_BAD_ARGUMENTS'));
    }
    expect(readdirSync(inside)).toEqual(before);
  }); // prettier-ignore

  it('of a file that is not there is told so', async () => {
    const { folder } = trial();
    await expect(folder.read('none.conf', 10)).rejects.toThrow(code('FILE_NOT_FOUND'));
    await expect(folder.read('none/none.conf', 10)).rejects.toThrow(code('FILE_NOT_FOUND'));
    await expect(folder.remove('none.conf', { keep: true })).rejects.toThrow(code('FILE_NOT_FOUND'));
    await expect(openFileFolder('/nonexistent').list('.conf')).rejects.toThrow(code('FILE_NOT_FOUND'));
  });

  it('reaches files in folders below', async () => {
    const { folder } = trial();
    expect(await text(folder, 'pjsip.d/phones.conf')).toBe('phones');
  });
});

describe('a link', () => {
  it('in the place of the file is not followed, whatever is done', async () => {
    const { folder, inside, outside } = trial();
    symlinkSync(join(outside, 'secret.conf'), join(inside, 'link.conf'));
    await expect(folder.read('link.conf', 1000)).rejects.toThrow(code('FILE_REFUSED'));
    await expect(folder.write('link.conf', Buffer.from('x'))).rejects.toThrow(code('FILE_REFUSED'));
    await expect(folder.remove('link.conf', { keep: false })).rejects.toThrow(code('FILE_REFUSED'));
    expect(readFileSync(join(outside, 'secret.conf'), 'utf8')).toBe('secret');
  });

  it('in the place of a folder is not followed either', async () => {
    const { folder, inside, outside } = trial();
    symlinkSync(outside, join(inside, 'linked'));
    await expect(folder.read('linked/secret.conf', 1000)).rejects.toThrow(code('FILE_REFUSED'));
    await expect(folder.write('linked/new.conf', Buffer.from('x'))).rejects.toThrow(code('FILE_REFUSED'));
    expect(readdirSync(outside)).toEqual(['secret.conf']);
    expect(await folder.list('.conf')).toEqual(['pjsip.conf', 'pjsip.d/phones.conf']);
  });

  it('that takes the place of a folder between two looks gains nothing', async () => {
    const { folder, inside, outside } = trial();
    mkdirSync(join(inside, 'swapped'));
    writeFileSync(join(inside, 'swapped', 'secret.conf'), 'mine');
    const read = new AbortController();
    const swap = (async () => {
      while (!read.signal.aborted) {
        renameSync(join(inside, 'swapped'), join(inside, 'aside'));
        symlinkSync(outside, join(inside, 'swapped'));
        await new Promise(setImmediate);
        rmSync(join(inside, 'swapped'));
        renameSync(join(inside, 'aside'), join(inside, 'swapped'));
        await new Promise(setImmediate);
      }
    })();
    const seen = new Set<string>();
    for (let n = 0; n < 300; n += 1) {
      seen.add(await text(folder, 'swapped/secret.conf').catch((error: { code: string }) => error.code));
    }
    read.abort();
    await swap;
    expect([...seen].every((one) => ['mine', 'FILE_REFUSED', 'FILE_NOT_FOUND'].includes(one))).toBe(true);
  });

  it('may be what the administrator configured', async () => {
    const { inside } = trial();
    symlinkSync(inside, `${inside}-link`);
    expect(await text(openFileFolder(`${inside}-link`), 'pjsip.conf')).toBe('old');
  });
});

describe('what is no regular file', () => {
  it.each([
    ['a pipe', (path: string) => execFileSync('mkfifo', [path])],
    ['a folder', (path: string) => mkdirSync(path)],
  ])('%s is refused at once', async (_, make) => {
    const { folder, inside } = trial();
    make(join(inside, 'odd.conf'));
    await expect(folder.read('odd.conf', 1000)).rejects.toThrow(code('FILE_REFUSED'));
    await expect(folder.write('odd.conf', Buffer.from('x'))).rejects.toThrow(code('FILE_REFUSED'));
  });

  it('a device is refused', async () => {
    await expect(openFileFolder('/dev').read('zero', 1000)).rejects.toThrow(code('FILE_REFUSED'));
  });
});

describe('reading', () => {
  it('refuses more than is allowed', async () => {
    const { folder, inside } = trial();
    writeFileSync(join(inside, 'large.conf'), Buffer.alloc(1001));
    await expect(folder.read('large.conf', 1000)).rejects.toThrow(code('FILE_REFUSED'));
    expect(await folder.read('large.conf', 1001)).toHaveLength(1001);
  });

  it('gives any part of an open file, which stays the same when its name is taken', async () => {
    const { folder, inside } = trial();
    writeFileSync(join(inside, 'call.wav'), '0123456789');
    const file = await folder.open('call.wav');
    rmSync(join(inside, 'call.wav'));
    expect(Buffer.from(await file.read(4, 3)).toString()).toBe('456');
    expect(Buffer.from(await file.read(8, 100)).toString()).toBe('89');
    expect(file.bytes).toBe(10);
    await file.close();
  });
});

describe('writing', () => {
  it('keeps owner and mode, and the version before', async () => {
    const { folder, inside } = trial();
    const path = join(inside, 'pjsip.conf');
    chmodSync(path, 0o640);
    const isRoot = process.getuid?.() === 0;
    if (isRoot) chownSync(path, 1234, 4321);
    expect(await folder.write('pjsip.conf', Buffer.from('new'))).toBe(true);
    for (const [name, content] of [['pjsip.conf', 'new'], ['pjsip.conf.bak', 'old']] as const) {
      expect(readFileSync(join(inside, name), 'utf8')).toBe(content);
      const { mode, uid, gid } = statSync(join(inside, name));
      expect(mode & 0o777).toBe(0o640);
      if (isRoot) expect([uid, gid]).toEqual([1234, 4321]);
    }
    expect(readdirSync(inside)).toEqual(['pjsip.conf', 'pjsip.conf.bak', 'pjsip.d']);
  }); // prettier-ignore

  it('of what is there already changes nothing, not even the version kept', async () => {
    const { folder, inside } = trial();
    await folder.write('pjsip.conf', Buffer.from('new'));
    expect(await folder.write('pjsip.conf', Buffer.from('new'))).toBe(false);
    expect(readFileSync(join(inside, 'pjsip.conf.bak'), 'utf8')).toBe('old');
  });

  it('makes a new file for the group of the folder', async () => {
    const { folder, inside } = trial();
    expect(await folder.write('pjsip.d/new.conf', Buffer.from('new'))).toBe(true);
    const made = statSync(join(inside, 'pjsip.d', 'new.conf'));
    expect([made.mode & 0o777, made.gid]).toEqual([0o640, statSync(join(inside, 'pjsip.d')).gid]);
    expect(existsSync(join(inside, 'pjsip.d', 'new.conf.bak'))).toBe(false);
  });

  it('makes no folders', async () => {
    const { folder } = trial();
    await expect(folder.write('none/new.conf', Buffer.from('x'))).rejects.toThrow(code('FILE_NOT_FOUND'));
  });

  it('leaves the old file whole when it is cut off, and clears up the next time', async () => {
    const { folder, inside } = trial();
    // What a crash between draft and rename leaves.
    writeFileSync(join(inside, '.pjsip.conf.0123456789ab.draft'), 'half of the n');
    expect(await text(folder, 'pjsip.conf')).toBe('old');
    expect(await folder.list('.conf')).toEqual(['pjsip.conf', 'pjsip.d/phones.conf']);
    await folder.write('pjsip.conf', Buffer.from('new'));
    expect(readdirSync(inside)).toEqual(['pjsip.conf', 'pjsip.conf.bak', 'pjsip.d']);
  });

  it('by several at once ends with one of them whole', async () => {
    const { folder, inside } = trial();
    const contents = Array.from({ length: 8 }, (_, n) => `${n}`.repeat(50_000));
    await Promise.all(contents.map((content) => folder.write('pjsip.conf', Buffer.from(content))));
    expect(contents).toContain(readFileSync(join(inside, 'pjsip.conf'), 'utf8'));
    expect(readdirSync(inside)).toEqual(['pjsip.conf', 'pjsip.conf.bak', 'pjsip.d']);
  });
});

describe('removing', () => {
  it('keeps the file where it is asked to', async () => {
    const { folder, inside } = trial();
    await folder.remove('pjsip.conf', { keep: true });
    expect(readFileSync(join(inside, 'pjsip.conf.bak'), 'utf8')).toBe('old');
    await folder.remove('pjsip.d/phones.conf', { keep: false });
    expect(readdirSync(join(inside, 'pjsip.d'))).toEqual([]);
  });
});
