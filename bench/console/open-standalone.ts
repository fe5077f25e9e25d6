import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { silentLogger } from '../../core/ports/logger.ts';
import { systemClock } from '../../edge-agent/system-clock.ts';
import { systemRandom } from '../../edge-agent/system-random.ts';
import { freePort } from '../../standalone/free-port.ts';
import { openHalves } from '../../standalone/halves.ts';
import { settingsFromEnvironment } from '../../standalone/environment.ts';
import { standaloneConfigSchema } from '../../standalone/config.ts';
import { createStandalone } from '../../standalone/system.ts';

const doorKey = 'a-door-key-of-the-benchmark';

export interface OpenStandalone {
  /** Opens a console; gives the address that the browser connects to. */
  invite(): Promise<string>;
  stop(): Promise<void>;
}

/** The whole of standalone on a simulated PBX, with `program` on the terminal. */
export async function openStandalone(program: readonly string[]): Promise<OpenStandalone> {
  const deps = { clock: systemClock, random: systemRandom, logger: silentLogger };
  const folder = mkdtempSync(join(tmpdir(), 'odoopbx-bench-'));
  const settings = settingsFromEnvironment({ CALLS_PER_MINUTE: '0' }, () => '');
  const halves = await openHalves(settings, { ...deps, reloadAgents: () => {} });
  const config = standaloneConfigSchema.parse({
    pbx: 'bench_pbx',
    stateDir: folder,
    statusSeconds: 10,
    ami: halves.ami,
    odoo: halves.odoo,
    door: { port: await freePort(28_700), keys: [{ secret: doorKey }] },
  });
  const system = createStandalone({
    ...deps,
    config: { ...config, odoo: halves.odoo },
    version: 'bench',
    consoleProgram: program,
  });
  await system.start();
  const post = () =>
    fetch(`http://127.0.0.1:${system.doorPort}/app/asterisk_plus/agent`, {
      method: 'POST',
      headers: { 'x-api-key': doorKey },
      body: JSON.stringify({
        fun: 'console.open',
        args: [],
        kwargs: { cols: 120, rows: 40, user: { id: 1, name: 'bench' } },
      }),
    });
  return {
    async invite() {
      for (let attempt = 0; attempt < 100; attempt += 1) {
        const answer = await post();
        if (answer.status === 202) {
          const { console: invitation } = (await answer.json()) as { console: { url: string } };
          return invitation.url;
        }
        // Until the agent was heard of for the first time.
        await systemClock.sleep(100);
      }
      throw new Error(`the door opens no console: ${await (await post()).text()}`);
    },
    async stop() {
      await system.stop({ drainMs: 1000 });
      await halves.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
