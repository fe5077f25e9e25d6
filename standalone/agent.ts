import { OdoopbxError } from '#core/errors/odoopbx-error.ts';
import { createCli } from '#edge-agent/cli.ts';
import { createPinoLogger } from '#edge-agent/pino-logger.ts';
import { systemClock } from '#edge-agent/system-clock.ts';
import { systemRandom } from '#edge-agent/system-random.ts';
import { standaloneConfigSchema, type StandaloneConfig } from './config.ts';
import { openPage } from './page-server/page-server.ts';
import { productVersion } from './product-version.ts';
import { createStandalone } from './system.ts';

/** Under systemd's default of 90 s, and long enough for a call to Odoo that is under way. */
const drainMs = 20_000;

async function run(config: StandaloneConfig, stop: AbortSignal): Promise<void> {
  const { odoo } = config;
  if (!odoo) {
    throw new OdoopbxError(
      'CONFIG_INVALID',
      'odoo: is missing. With it the agent works standalone, straight with that Odoo; ' +
        'this build has no cloud mode yet.',
    );
  }
  const logger = createPinoLogger({ level: config.logLevel });
  const shared = { clock: systemClock, random: systemRandom };
  const system = createStandalone({
    ...shared,
    config: { ...config, odoo },
    logger,
    version: productVersion,
  });
  await system.start();
  const page = config.page && (await openPage(config.page.port, { ...shared, system, config, trial: {} }));
  logger.info('standalone runs', { pbx: config.pbx, door: system.doorPort, page: page?.port });
  await new Promise<void>((resolve) => {
    if (stop.aborted) resolve();
    stop.addEventListener('abort', () => resolve(), { once: true });
  });
  await page?.close();
  await system.stop({ drainMs });
}

const cli = createCli({ version: productVersion, schema: standaloneConfigSchema, run });
process.exitCode = await cli.main(process.argv.slice(2));
