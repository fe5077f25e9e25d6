import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type RunResult, run } from '#scripts/lab/run.ts';
import { placeCall } from '#scripts/lab/sipp.ts';
import { type AgentProcess, startAgentProcess } from '#test/support/cloud/agent-process.ts';
import { type OperatorCli, operatorCli } from '#test/support/cloud/operator-cli.ts';
import { type Cloud, startCloud } from '#test/support/cloud/start-cloud.ts';
import { describeOnLab } from './support/bench.ts';
import { freshNumber, labAdmin, labOdoo, removeServer, waitForCalls } from './support/cloud-odoo.ts';
import { type OdooSession, upsertServer } from './support/odoo-admin.ts';
import { waitFor } from './support/wait-for.ts';

const checkout = resolve(import.meta.dirname, '../..');

describeOnLab('a PBX gets its identity by an invitation and loses it when it is revoked', (bench) => {
  const { lab, agentUser } = bench;
  const pbx = 'enrol_hq';
  const fleet = {
    platform: { name: 'e2e-enrol', region: 'eu-west-1' },
    tenants: { enrol: { odoo: labOdoo(bench), pbxs: { hq: {} } } },
  };
  const folder = mkdtempSync(join(tmpdir(), 'odoopbx-enrol-'));
  const configDir = join(folder, 'etc');
  const stateRoot = join(folder, 'lib');
  let cloud: Cloud;
  let operator: OperatorCli;
  let admin: OdooSession;
  let agent: AgentProcess | undefined;
  let serverId = 0;
  let firstLine = '';

  beforeAll(async () => {
    admin = labAdmin(bench);
    cloud = await startCloud({ lab, fleet, secrets: { enrol: agentUser.apiKey } });
    operator = operatorCli(cloud, fleet);
    serverId = await upsertServer(admin, { pbx, doorUrl: cloud.gateway.url, apiKey: 'none' });
    mkdirSync(configDir);
    writeFileSync(join(folder, 'ca.pem'), cloud.ca.certificatePem);
  });
  afterAll(async () => {
    await agent?.remove();
    await removeServer(admin, serverId);
    operator?.remove();
    await cloud?.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  /** What follows `odoopbx-agent` in the line that `odoopbx invite` printed. */
  const invite = async () =>
    (await operator.json<{ command: string }>(['invite', 'enrol/hq', '--valid', '10m'])).command;
  const enroll = (line: string): Promise<RunResult> => {
    const words = /odoopbx-agent (enroll .*)$/.exec(line)?.[1]?.split(' ') ?? [];
    const { host, port, users } = lab.asterisk;
    const options = ['--no-service', '--config-dir', configDir, '--state-dir', stateRoot];
    const ami = ['--ami-host', host, '--ami-port', String(port), '--ami-events-user', users.events.username];
    const more = ['--ami-actions-user', users.actions.username, '--ca', join(folder, 'ca.pem')];
    const program = [process.execPath, join(checkout, 'standalone/agent.ts'), ...words];
    return run([...program, ...options, ...ami, ...more], { allowFailure: true });
  };
  const configFile = join(configDir, `${pbx}.yaml`);

  it('writes a configuration that the agent runs with', async () => {
    firstLine = await invite();
    const enrolled = await enroll(firstLine);
    expect(enrolled).toMatchObject({ code: 0 });
    expect(readdirSync(configDir).toSorted()).toEqual([pbx, `${pbx}.yaml`]);
    const files = readdirSync(join(configDir, pbx));
    const key = files.find((name) => name.startsWith('key-')) ?? '';
    expect(statSync(join(configDir, pbx, key)).mode & 0o777).toBe(0o600);
    expect(readFileSync(join(configDir, pbx, key), 'utf8')).toContain('PRIVATE KEY');
    // Asterisk's users are the lab's, whose secrets enrolment does not know.
    for (const [name, { secret }] of Object.entries(lab.asterisk.users)) {
      if (name !== 'admin') writeFileSync(join(configDir, pbx, `ami-${name}.secret`), secret);
    }
    const stateDir = join(stateRoot, pbx);
    mkdirSync(stateDir, { recursive: true });
    agent = startAgentProcess(
      { configFile, stateDir, folder: stateRoot },
      { AWS_ENDPOINT_URL: cloud.gate.url, TZ: lab.asterisk.timeZone },
    );
    await agent.ready();
    const src = freshNumber('12041');
    await placeCall({ extension: lab.extensions.answered, durationMs: 500, from: { number: src } });
    expect(await waitForCalls(admin, src, 1)).toMatchObject([{ server_id: [serverId, expect.any(String)] }]);
  });

  it('takes a code once', async () => {
    const before = readFileSync(configFile, 'utf8');
    const again = await enroll(firstLine);
    expect(again.code).not.toBe(0);
    expect(again.stderr).toMatch(/not known, was used already, or has expired/);
    expect(readFileSync(configFile, 'utf8')).toBe(before);
  });

  it('cuts a revoked PBX off; what it has to tell waits until it is enrolled anew', async () => {
    const revoked = await operator.json<{ certificates: string[] }>(['revoke', 'enrol/hq', '--yes']);
    expect(revoked.certificates).toHaveLength(1);
    // The credentials that it has live on for at most an hour, which is over now.
    for (const { principal } of cloud.credentials.issued) principal.expiresAt = Date.now();
    const src = freshNumber('12042');
    await placeCall({ extension: lab.extensions.answered, durationMs: 500, from: { number: src } });
    await waitFor('the agent to say that it is refused', () => {
      const file = agent?.status();
      return (
        file?.cloud?.credentials.problem?.code === 'CLOUD_IDENTITY_REFUSED' && file.status.spool.items > 0
      );
    });
    expect(cloud.credentials.answers.at(-1)).toEqual({ thing: pbx, status: 403 });

    const enrolled = await enroll(await invite());
    expect(enrolled).toMatchObject({ code: 0 });
    // A plain restart would spend 20 s on trying to hand over what it can not.
    await agent?.stop('SIGKILL');
    agent?.start();
    expect(await waitForCalls(admin, src, 1)).toHaveLength(1);
    expect(agent?.status()?.status.counts.dropped).toBe(0);
  });

  it('did all of that within the rights of the deployed roles', () => {
    expect(cloud.gate.refusals).toEqual([]);
  });
});
