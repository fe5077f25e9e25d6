import { configName } from './config-text.ts';
import type { JobFunction } from './job-function.ts';

/** Takes a configuration file away: `args: [name]`. It stays on the PBX as `<name>.bak`. */
export const asteriskDeleteConfig: JobFunction = {
  name: 'asterisk.delete_config',
  async run(args, kwargs, { files }) {
    await files.configs.remove(configName(this.name, args[0] ?? kwargs['name']), { keep: true });
    return true;
  },
};
