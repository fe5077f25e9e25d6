import { createCli } from '#edge-agent/cli.ts';
import type { CloudConfig } from '#edge-agent/config/cloud-schema.ts';
import { createPinoLogger } from '#edge-agent/pino-logger.ts';
import { createCloudAgent } from '#edge-agent/run-cloud.ts';
import { systemClock } from '#edge-agent/system-clock.ts';
import { systemRandom } from '#edge-agent/system-random.ts';
import { type AgentMode, agentModeSchema } from './agent-mode.ts';
import type { OdooConfig, StandaloneConfig } from './config.ts';
import { openPage } from './page-server/page-server.ts';
import { productVersion } from './product-version.ts';
import { createStandalone } from './system.ts';

/** Under systemd's default of 90 s, and long enough for a call to Odoo that is under way. */
const drainMs = 20_000;
const shared = { clock: systemClock, random: systemRandom, version: productVersion };

function run(config: AgentMode, stop: AbortSignal): Promise<void> {
  return config.cloud ? runCloud(config, stop) : runStandalone(config, stop);
}

async function runCloud(config: AgentMode & { cloud: CloudConfig }, stop: AbortSignal): Promise<void> {
  const logger = createPinoLogger({ level: config.logLevel });
  const cloudAgent = createCloudAgent({ ...shared, config, env: process.env, logger });
  await cloudAgent.start();
  logger.info('cloud mode', { pbx: config.pbx, region: config.cloud.region });
  await aborted(stop);
  await cloudAgent.stop({ drainMs });
}

async function runStandalone(
  config: StandaloneConfig & { odoo: OdooConfig },
  stop: AbortSignal,
): Promise<void> {
  const logger = createPinoLogger({ level: config.logLevel });
  const system = createStandalone({ ...shared, config, logger });
  await system.start();
  const page = config.page && (await openPage(config.page.port, { ...shared, system, config, trial: {} }));
  logger.info('standalone runs', { pbx: config.pbx, door: system.doorPort, page: page?.port });
  await aborted(stop);
  await page?.close();
  await system.stop({ drainMs });
}

async function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return;
  await new Promise<void>((resolve) => {
    signal.addEventListener('abort', () => resolve(), { once: true });
  });
}

const cli = createCli({ version: productVersion, schema: agentModeSchema, run });
process.exitCode = await cli.main(process.argv.slice(2));
