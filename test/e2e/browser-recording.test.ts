import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { asteriskCli } from '#scripts/lab/asterisk-service.ts';
import { paths } from '#scripts/lab/settings.ts';
import { placeCall } from '#scripts/lab/sipp.ts';
import { describeOnLab } from './support/bench.ts';
import { type Connector, startConnector } from './support/connector.ts';
import { OdooBrowser, type OdooWindow } from './support/odoo-browser.ts';
import { makePerson, type Person, retire } from './support/odoo-people.ts';
import { waitFor } from './support/wait-for.ts';

const monitor = '/var/spool/asterisk/monitor';
const recordingDir = join(paths.asteriskRoot, monitor);

interface Row {
  id: number;
  path: string;
  call_id: [number, string];
}

describeOnLab('a support agent listens to a call', (bench) => {
  let connector: Connector;
  let browser: OdooBrowser;
  let window: OdooWindow;
  let agent: Person;
  const rows: Row[] = [];

  beforeAll(async () => {
    const files = { recordingDir, recordingDirInAsterisk: monitor };
    connector = await startConnector(bench, {}, { files });
    const server = { odoo_url: bench.lab.odoo.url, recording_fetch: 'demand', recording_delete: false };
    await connector.admin.call('asterisk_plus.server', 'write', [[connector.serverId], server]);
    agent = await makePerson(connector.admin, {
      name: 'Sam Support',
      groups: ['asterisk_plus.group_pbx_user'],
    });
    browser = await OdooBrowser.start(bench.lab);
    window = await browser.signIn(agent);
  });
  afterAll(async () => {
    await browser?.close();
    await asteriskCli('channel request hangup all');
    await connector.admin.call('asterisk_plus.recording', 'unlink', [rows.map(({ id }) => id)]);
    for (const { path } of rows) rmSync(join(recordingDir, path.slice(monitor.length)), { force: true });
    await connector.admin.call('asterisk_plus.server', 'write', [[connector.serverId], { odoo_url: false }]);
    await retire(connector.admin, [agent]);
    await connector.remove();
  });

  it('by one click in the form of the call: the recording comes from the PBX and plays', async () => {
    const src = `12028${Date.now().toString().slice(-6)}`;
    await placeCall({ extension: bench.lab.extensions.recorded, durationMs: 5000, from: { number: src } });
    const row = await waitFor(
      'the recording',
      async () => {
        const domain = [
          ['call_id.calling_number', 'like', src],
          ['call_id.is_active', '=', false],
        ];
        return (await connector.admin.read<Row>('asterisk_plus.recording', domain, ['path', 'call_id']))[0];
      },
      60_000,
    );
    rows.push(row);

    const { page } = window;
    await window.open(`asterisk_plus.call/${row.call_id[0]}`);
    const player = page.locator('.o_asterisk_plus_recording').first();
    await player.getByRole('button', { name: 'Play' }).click();
    const audio = player.locator('audio');
    await audio.waitFor({ timeout: 60_000 });
    const seconds = await waitFor('the audio to be known to the browser', () =>
      audio.evaluate((element) => {
        const { readyState, duration } = element as unknown as { readyState: number; duration: number };
        return readyState >= 1 && duration;
      }),
    );
    expect(seconds).toBeGreaterThan(1);
    expect(seconds).toBeLessThan(10);
    await window.picture('recording');
    expect(browser.errors).toEqual([]);
  });
});
