import { readFileSync } from 'node:fs';
import { Command } from 'commander';
import * as z from 'zod';
import { messageOf, OdoopbxError } from '#core/errors/odoopbx-error.ts';
import { createPinoLogger } from '#edge-agent/pino-logger.ts';
import { systemClock } from '#edge-agent/system-clock.ts';
import { systemRandom } from '#edge-agent/system-random.ts';
import { settingsFromEnvironment, startVariables } from './environment.ts';
import { startEverything, type Started } from './npm-start.ts';
import { productVersion } from './product-version.ts';

const variables = startVariables.map(([name, meaning]) => `  ${name.padEnd(22)} ${meaning}`).join('\n');

new Command('npm start --')
  .description(
    'odoopbx in one process: Asterisk’s events into Odoo, Odoo’s jobs into Asterisk.\n' +
      'With nothing set: a simulated PBX, a stand-in Odoo, and a page that shows them at work.',
  )
  .version(productVersion)
  .addHelpText('after', `\nEnvironment:\n${variables}`)
  .parse();

let started: Started | undefined;
let stopping = false;

async function stop(signal: NodeJS.Signals): Promise<void> {
  if (stopping) process.exit(signal === 'SIGINT' ? 130 : 143);
  stopping = true;
  console.log('\nStopping (once more to stop at once) …');
  await started?.stop();
  process.exit(0);
}
process.on('SIGINT', (signal) => void stop(signal));
process.on('SIGTERM', (signal) => void stop(signal));

try {
  const settings = settingsFromEnvironment(process.env, (path) => readFileSync(path, 'utf8'));
  const logger = createPinoLogger({ level: settings.logLevel });
  const deps = { clock: systemClock, random: systemRandom, logger, version: productVersion };
  started = await startEverything(settings, deps);
  console.log(`\nodoopbx ${productVersion}, standalone\n`);
  for (const line of started.lines) console.log(`  ${line}`);
  console.log('\nCtrl+C stops it; what is not delivered yet waits in the state folder.\n');
} catch (error) {
  const problems = error instanceof z.ZodError ? z.prettifyError(error) : messageOf(error);
  console.error(`odoopbx can not start: ${problems}`);
  process.exit(error instanceof OdoopbxError && error.code === 'CONFIG_INVALID' ? 2 : 1);
}
