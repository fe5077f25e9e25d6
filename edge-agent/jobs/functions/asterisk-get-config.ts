import { OdoopbxError } from '#core/errors/odoopbx-error.ts';
import type { FileFolder } from '#core/ports/file-folder.ts';
import { configName, maxConfigBytes, textOf } from './config-text.ts';
import type { JobFunction } from './job-function.ts';
import { byBusOrUpload } from './upload-argument.ts';

/** All that one answer may hold. */
const maxAllBytes = 20_000_000;

/** A configuration file as text: `args: ['pjsip.conf']`. Off by default: configuration holds secrets. */
export const asteriskGetConfig: JobFunction = {
  name: 'asterisk.get_config',
  async run(args, kwargs, { files }) {
    const name = configName(this.name, args[0] ?? kwargs['name']);
    return byBusOrUpload(this.name, kwargs, textOf(name, await files.configs.read(name, maxConfigBytes)));
  },
};

/** All of them: `{name: text}`, with null for those that can not be given (too large, not UTF-8, no right). */
export const asteriskGetAllConfigs: JobFunction = {
  name: 'asterisk.get_all_configs',
  async run(_args, kwargs, { files, signal }) {
    const texts: Record<string, string | null> = {};
    let bytes = 0;
    for (const name of await files.configs.list('.conf')) {
      signal.throwIfAborted();
      const text = await textOrNull(files.configs, name);
      bytes += text?.length ?? 0;
      if (bytes > maxAllBytes) {
        throw new OdoopbxError(
          'RESULT_TOO_LARGE',
          `The configuration has more than ${maxAllBytes} bytes: get files one by one`,
        );
      }
      texts[name] = text;
    }
    return byBusOrUpload(this.name, kwargs, texts);
  },
};

async function textOrNull(folder: FileFolder, name: string): Promise<string | null> {
  try {
    return textOf(name, await folder.read(name, maxConfigBytes));
  } catch (error) {
    if (error instanceof OdoopbxError) return null;
    throw error;
  }
}
