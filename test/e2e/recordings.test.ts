import { createHash, randomBytes } from 'node:crypto';
import { existsSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { asteriskCli } from '#scripts/lab/asterisk-service.ts';
import { paths } from '#scripts/lab/settings.ts';
import { placeCall } from '#scripts/lab/sipp.ts';
import { describeOnLab } from './support/bench.ts';
import { type Connector, startConnector } from './support/connector.ts';
import { type CuttingProxy, cuttingProxy } from './support/cutting-proxy.ts';
import { waitFor } from './support/wait-for.ts';

const monitor = '/var/spool/asterisk/monitor';
const recordingDir = join(paths.asteriskRoot, monitor);
const configDir = join(paths.asteriskRoot, 'etc/asterisk');
const configName = 'odoopbx_e2e.conf';
/** With it all files together are too many for the bus. */
const largeName = 'odoopbx_e2e_large.conf';

interface RecordingRow {
  id: number;
  path: string;
  state: string;
  error: string | false;
  attachment_id: [number, string] | false;
  call_id: [number, string] | false;
  is_deleted: boolean;
}
const fields = ['path', 'state', 'error', 'attachment_id', 'call_id', 'is_deleted'];

describeOnLab('files of the PBX in Odoo', (bench) => {
  let connector: Connector;
  let proxy: CuttingProxy;
  const made: RecordingRow[] = [];

  beforeAll(async () => {
    proxy = await cuttingProxy(new URL(bench.lab.odoo.url));
    connector = await startConnector(
      bench,
      {},
      {
        // The line that is cut is another port than Odoo's own.
        files: { configDir, recordingDir, recordingDirInAsterisk: monitor, uploadHosts: ['127.0.0.1'] },
        policy: {
          functions: [
            'default', 'file.delete', 'asterisk.get_config', 'asterisk.get_all_configs', 'asterisk.put_config',
            'asterisk.delete_config',
          ],
        },
      },
    ); // prettier-ignore
    await server({ odoo_url: proxy.url, recording_fetch: 'demand', recording_delete: false });
  });
  afterAll(async () => {
    await asteriskCli('channel request hangup all');
    const { admin } = connector;
    await server({ odoo_url: false, recording_fetch: 'demand', recording_delete: false });
    await admin.call('asterisk_plus.recording', 'unlink', [made.map(({ id }) => id)]);
    const files = await admin.call<number[]>('asterisk_plus.conf_file', 'search', [
      [['server_id', '=', connector.serverId]],
    ]);
    await admin.call('asterisk_plus.conf_file', 'unlink', [files]);
    for (const { path } of made) rmSync(onDisk(path), { force: true });
    for (const name of [configName, `${configName}.bak`, largeName])
      rmSync(join(configDir, name), { force: true });
    await connector.remove();
    await proxy.close();
  });

  /** Where Odoo keeps what has not arrived whole. */
  const partsFolder = join(
    paths.odooRoot,
    'var/lib/odoo/lab/filestore',
    bench.lab.odoo.db,
    'asterisk_plus_upload',
  );
  const server = (values: object) =>
    connector.admin.call('asterisk_plus.server', 'write', [[connector.serverId], values]);
  const onDisk = (path: string) => join(recordingDir, path.slice(monitor.length + 1));
  const read = async (id: number) =>
    (await connector.admin.read<RecordingRow>('asterisk_plus.recording', [['id', '=', id]], fields))[0]!;
  const fetchIt = (id: number) => connector.admin.call('asterisk_plus.recording', 'action_fetch', [[id]]);
  const settled = (id: number) =>
    waitFor(
      'the recording to be in Odoo',
      async () => {
        const row = await read(id);
        return !['available', 'fetching'].includes(row.state) && row;
      },
      120_000,
    );
  const contentOf = async ({ attachment_id }: RecordingRow) => {
    const domain = [['id', '=', attachment_id && attachment_id[0]]];
    const [found] = await connector.admin.read<{ datas: string }>('ir.attachment', domain, ['datas']);
    return Buffer.from(found!.datas, 'base64');
  };
  const hash = (content: Buffer) => createHash('sha256').update(content).digest('hex');

  /** A real call that Asterisk records, to its end. */
  async function recordedCall(): Promise<RecordingRow> {
    const src = `12027${Date.now().toString().slice(-6)}`;
    await placeCall({ extension: '120', durationMs: 5000, from: { number: src } });
    const row = await waitFor(`the recording of the call from ${src}`, async () => {
      const domain = [
        ['call_id.calling_number', 'like', src],
        ['call_id.is_active', '=', false],
      ];
      return (await connector.admin.read<RecordingRow>('asterisk_plus.recording', domain, fields))[0];
    }, 60_000); // prettier-ignore
    made.push(row);
    return row;
  }

  it('a call that Asterisk records: its recording is listed, comes when it is asked for, and plays in parts', async () => {
    const recording = await recordedCall();
    expect(recording).toMatchObject({
      state: 'available',
      call_id: [expect.any(Number), expect.any(String)],
    });
    await fetchIt(recording.id);
    const row = await settled(recording.id);
    expect(row).toMatchObject({ state: 'fetched', error: false });
    const content = readFileSync(onDisk(recording.path));
    expect(content.length).toBeGreaterThan(10_000);
    expect(hash(await contentOf(row))).toBe(hash(content));

    const part = await download(row, { range: 'bytes=1000-1999' });
    expect(part.status).toBe(206);
    expect(part.headers.get('content-range')).toBe(`bytes 1000-1999/${content.length}`);
    expect(Buffer.from(await part.arrayBuffer()).equals(content.subarray(1000, 2000))).toBe(true);
    const anonymous = await fetch(contentUrl(row), { redirect: 'manual' });
    expect(anonymous.status).not.toBe(200);
  });

  it('a large one, over a line that is cut again and again, and an agent that is killed', async () => {
    const recording = await recordedCall();
    const content = Buffer.concat([
      readFileSync(onDisk(recording.path)).subarray(0, 44),
      randomBytes(20_000_000),
    ]);
    writeFileSync(onDisk(recording.path), content);
    await server({ recording_delete: true });
    proxy.cutAfter(6_300_000);
    const before = proxy.passed;
    await fetchIt(recording.id);
    await waitFor('the line to be cut', () => proxy.cuts >= 1, 60_000);
    await connector.stop('SIGKILL');
    await connector.start();
    const row = await settled(recording.id);
    expect(row).toMatchObject({ state: 'fetched' });
    expect(hash(await contentOf(row))).toBe(hash(content));
    expect(proxy.cuts).toBeGreaterThanOrEqual(2);
    // Resumed: a piece of 1 MB is sent twice per cut, not all of it.
    expect(proxy.passed - before).toBeLessThan(content.length + (proxy.cuts + 2) * 1_100_000);
    await waitFor('it to be deleted on the PBX', async () => (await read(recording.id)).is_deleted);
    expect(existsSync(onDisk(recording.path))).toBe(false);
    expect(readdirSync(partsFolder)).toEqual([]);
    proxy.cutAfter(undefined);
    await server({ recording_delete: false });
  });

  it('a recording that is gone is told so', async () => {
    const recording = await recordedCall();
    rmSync(onDisk(recording.path));
    await fetchIt(recording.id);
    expect(await settled(recording.id)).toMatchObject({
      state: 'failed',
      error: expect.stringContaining('There is no'),
    });
  });

  it('a configuration file that is edited in Odoo lands on the PBX, which keeps the one before', async () => {
    const { admin, serverId } = connector;
    writeFileSync(join(configDir, configName), '; old\n', { mode: 0o640 });
    const large = '; a comment\n'.repeat(25_000);
    writeFileSync(join(configDir, largeName), large, { mode: 0o640 });
    const row = async () =>
      (
        await admin.read<{ id: number; content: string; is_changed: boolean; error: string }>(
          'asterisk_plus.conf_file',
          [['server_id', '=', serverId], ['name', '=', configName]],
          ['content', 'is_changed', 'error'],
        )
      )[0]; // prettier-ignore
    await admin.call('asterisk_plus.server', 'get_all_configs', [[serverId]]);
    const file = await waitFor('the files', row, 60_000);
    expect(file).toMatchObject({ content: '; old\n', is_changed: false });
    const uploaded = [
      ['server_id', '=', serverId],
      ['name', '=', largeName],
    ];
    expect(await admin.read('asterisk_plus.conf_file', uploaded, ['content'])).toMatchObject([
      { content: large },
    ]);

    await admin.call('asterisk_plus.conf_file', 'write', [[file.id], { content: '; new\n' }]);
    await admin.call('asterisk_plus.conf_file', 'put', [[file.id]]);
    await waitFor('the file to be put', async () => (await row())?.is_changed === false);
    expect(readFileSync(join(configDir, configName), 'utf8')).toBe('; new\n');
    expect(readFileSync(join(configDir, `${configName}.bak`), 'utf8')).toBe('; old\n');

    // Somebody changes it on the PBX: it is not lost by an edit here.
    writeFileSync(join(configDir, configName), '; by hand\n');
    await admin.call('asterisk_plus.conf_file', 'write', [[file.id], { content: '; newer\n' }]);
    await admin.call('asterisk_plus.conf_file', 'put', [[file.id]]);
    const error = await waitFor('the refusal', async () => (await row())?.error);
    expect(error).toMatch(/changed on the PBX/);
    expect(readFileSync(join(configDir, configName), 'utf8')).toBe('; by hand\n');
    const kinds = await admin.read('asterisk_plus.conf_version', [['file_id', '=', file.id]], ['kind']);
    expect(kinds.map(({ kind }) => kind)).toEqual(['got', 'edited', 'put', 'edited', 'put']);
  });

  it('a reload, which the PBX does not allow, is refused with what to do', async () => {
    const { admin, serverId } = connector;
    const jobs = async () =>
      admin.read<{ error: string; state: string }>(
        'asterisk_plus.job',
        [['server_id', '=', serverId], ['fun', '=', 'asterisk.manager_action'], ['body', 'like', 'Reload']],
        ['error', 'state'],
      ); // prettier-ignore
    const before = (await jobs()).length;
    await admin.call('asterisk_plus.server', 'reload_asterisk', [[serverId]]);
    const last = await waitFor('the answer', async () => {
      const all = await jobs();
      return all.length > before && all.at(-1)?.state === 'failed' && all.at(-1);
    });
    expect(last).toMatchObject({ error: expect.stringMatching(/does not allow/) });
  });

  const contentUrl = ({ attachment_id }: RecordingRow) =>
    `${bench.lab.odoo.url}/web/content/${attachment_id && attachment_id[0]}`;

  async function download(row: RecordingRow, headers: Record<string, string>): Promise<Response> {
    const { url, db, admin } = bench.lab.odoo;
    const login = await fetch(`${url}/web/session/authenticate`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ jsonrpc: '2.0', params: { db, login: 'admin', password: admin.password } }),
    });
    const cookie = login.headers.getSetCookie().map((one) => one.split(';')[0]).join('; '); // prettier-ignore
    return fetch(contentUrl(row), { headers: { ...headers, cookie } });
  }
});
