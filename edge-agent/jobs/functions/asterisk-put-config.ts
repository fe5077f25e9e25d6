import type { Json } from '#core/contracts/job.ts';
import { messageOf, OdoopbxError } from '#core/errors/odoopbx-error.ts';
import type { FileFolder } from '#core/ports/file-folder.ts';
import { configContent, configName, hashOf } from './config-text.ts';
import { badArguments, type JobFunction } from './job-function.ts';

const maxFiles = 500;

/**
 * Writes a configuration file: `args: [name, text]`. The version before stays as `<name>.bak`. With kwargs
 * `expected_sha256` only if the file on the PBX is that one (FILE_CHANGED). Asterisk is not told to reload.
 */
export const asteriskPutConfig: JobFunction = {
  name: 'asterisk.put_config',
  async run(args, kwargs, { files }) {
    const name = configName(this.name, args[0] ?? kwargs['name']);
    const content = configContent(this.name, name, args[1] ?? kwargs['content']);
    return putOne(files.configs, name, content, checkFor(this.name, name, kwargs['expected_sha256']));
  },
};

/** Several: `args: [{name: text}]`, all checked before the first one is written. Stops at the first that fails. */
export const asteriskPutAllConfigs: JobFunction = {
  name: 'asterisk.put_all_configs',
  async run(args, kwargs, { files, signal }) {
    const given = args[0] ?? kwargs['configs'];
    if (given === null || typeof given !== 'object' || Array.isArray(given)) {
      throw badArguments(this.name, 'give the files as {name: text}');
    }
    const contents = Object.entries(given).map(
      ([name, text]) => [configName(this.name, name), configContent(this.name, name, text)] as const,
    );
    if (contents.length === 0) throw badArguments(this.name, 'there is no file in {}');
    if (contents.length > maxFiles) throw badArguments(this.name, `more than ${maxFiles} files`);
    const written: Awaited<ReturnType<typeof putOne>>[] = [];
    for (const [name, content] of contents) {
      try {
        signal.throwIfAborted();
        written.push(await putOne(files.configs, name, content));
      } catch (error) {
        if (written.length === 0) throw error;
        throw partly(error, written.map((one) => one.name)); // prettier-ignore
      }
    }
    return written;
  },
};

type Check = (before: Uint8Array | undefined) => void;

async function putOne(folder: FileFolder, name: string, content: Uint8Array, check?: Check) {
  const changed = await folder.write(name, content, check);
  return { name, bytes: content.length, sha256: hashOf(content), changed };
}

/** What must hold of the file that is replaced; undefined where nothing is expected of it. */
function checkFor(fun: string, name: string, expected: Json | undefined): Check | undefined {
  if (expected === undefined || expected === null || expected === false) return undefined;
  if (typeof expected !== 'string' || !/^[0-9a-f]{64}$/.test(expected)) {
    throw badArguments(fun, 'expected_sha256 must be 64 hex digits');
  }
  return (before) => {
    if (before !== undefined && hashOf(before) === expected) return;
    throw new OdoopbxError(
      'FILE_CHANGED',
      `${name} was changed on the PBX since it was read; nothing was written`,
    );
  };
}

/** Not `refused`: something was done. */
function partly(error: unknown, written: readonly string[]): OdoopbxError {
  const names = written.slice(0, 20).join(', ') + (written.length > 20 ? ' …' : '');
  return new OdoopbxError('JOB_FAILED', `${messageOf(error)}. Written before that: ${names}`, {
    cause: error,
  });
}
