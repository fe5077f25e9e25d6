import { join } from 'node:path';
import { endOf, serviceLog } from './service.ts';
import type { ServiceName } from './service.ts';
import { paths } from './settings.ts';

/** Asterisk's own log says more than what it prints. */
const furtherLogs: Partial<Record<ServiceName, string>> = {
  asterisk: join(paths.asteriskRoot, 'var/log/asterisk/full.log'),
};

export function printLogs(names: readonly ServiceName[]): void {
  for (const name of names) {
    const further = furtherLogs[name];
    for (const file of [serviceLog(name), ...(further === undefined ? [] : [further])]) {
      process.stdout.write(`==> ${file}\n${endOf(file)}\n\n`);
    }
  }
}
