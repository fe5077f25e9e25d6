import { readFileSync, writeFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { placeCall, startPhone } from '#scripts/lab/sipp.ts';
import { asteriskCli } from '#scripts/lab/asterisk-service.ts';
import { extensions } from '#scripts/lab/extensions.ts';
import { type TestTerminal, openTerminal } from '#test/support/test-terminal.ts';
import { describeOnLab } from './support/bench.ts';
import { type Connector, startConnector } from './support/connector.ts';
import { waitFor } from './support/wait-for.ts';

const prompt = /\S+\*CLI> /;
// oxlint-disable-next-line no-control-regex -- colour is escape sequences
const colour = /\u001b\[(0;)?(1;)?3\d(;\d+)?m/;

describeOnLab("Asterisk's console through a real connector", (bench) => {
  const { program, account } = bench.lab.asterisk.console;
  const settings = { enabled: true, command: [program, '-rvvvvv'], user: account };
  let connector: Connector;

  async function restart(changes: object): Promise<void> {
    await connector?.remove();
    connector = await startConnector(bench, {}, { console: { ...settings, ...changes } });
    await waitFor('the console to be enabled', async () => {
      return (await connector.status()).status?.consoleEnabled;
    });
  }
  beforeAll(() => restart({}));
  afterAll(() => connector?.remove());

  const post = (kwargs: object) =>
    fetch(connector.webhookUrl.replace(/\/webhook\/.*/, '/app/asterisk_plus/agent'), {
      method: 'POST',
      headers: { 'x-api-key': connector.doorKey },
      body: JSON.stringify({ fun: 'console.open', args: [], kwargs }),
    });

  async function open(): Promise<TestTerminal> {
    const answer = await post({
      cols: 120,
      rows: 40,
      user: { id: 7, name: 'Ann Admin' },
      address: '192.0.2.7',
    });
    expect(answer.status, await answer.clone().text()).toBe(202);
    const { console: invitation } = (await answer.json()) as { console: { url: string } };
    return openTerminal(invitation.url, { cols: 120, rows: 40 });
  }
  async function opened(): Promise<TestTerminal> {
    const terminal = await open();
    await terminal.until(prompt);
    return terminal;
  }

  test('colour, completion, resize, a lost network: a local terminal', async () => {
    const terminal = await opened();
    terminal.type('core show chan\t');
    await terminal.until('nel');
    terminal.type('s\r');
    await terminal.until(/\d+ active channels?/);
    terminal.type('pjsip show endp\t');
    await terminal.until('oint');
    terminal.type('s\r');
    await terminal.until('Objects found');
    terminal.type('core show application Dial\r');
    await terminal.until(colour);

    // Resize: the program hears of it, and a cut network changes nothing.
    terminal.endpoint.resize(90, 30);
    terminal.cut(3000);
    terminal.type('core show uptime\r');
    await terminal.until('System uptime', 30_000);
    expect(terminal.connections()).toBe(2);
    terminal.type('core show version\r');
    await terminal.until('Asterisk 22');
    terminal.endpoint.end('closed', 'The tab was closed.');
    await waitFor('the PBX to write down who it was', () => connector.log().includes('console closed'));
    const lines = connector.log().split('\n');
    const closed = lines.findLast((line) => line.includes('console closed'));
    expect(closed).toContain('Ann Admin');
    expect(closed).toContain('192.0.2.7');
    expect(connector.log()).not.toContain('core show uptime');
    expect(connector.log()).not.toMatch(/ticket=/);
  });

  test('verbose lines of a call arrive while it passes', async () => {
    const terminal = await opened();
    const phone = await startPhone({ endpoint: 'phone1', ringMs: 300 });
    try {
      const calling = placeCall({ extension: extensions.phone1, from: { number: '+12025550177' } });
      await terminal.until(/Executing /, 30_000);
      await calling;
      await terminal.until(/Spawn extension|Hangup|hangup/, 30_000);
    } finally {
      await phone.stop();
      terminal.endpoint.end('closed', '');
    }
  });

  test('without the shell nothing leads out of the CLI', async () => {
    const terminal = await opened();
    terminal.type('!id\r');
    await terminal.until(/[Ff]ork failed/);
    await waitFor('the reason to be told', () =>
      terminal.notices.some((text) => text.includes('shell is off')),
    );
    terminal.type('!\r');
    await terminal.until(/[Ff]ork failed/);
    const marker = 'touch /tmp/console-was-here';
    for (const command of [
      `channel originate Local/100@lab application System "${marker}"`,
      `originate Local/100@lab application System "${marker}"`,
      `dialplan add extension 9,1,System(${marker}) into lab`,
      'dialplan eval function ${SHELL(id)}',
      'module load app_system.so',
      'module unload core show',
      'module load core show version',
      'database put console was here',
      'manager show user agent_admin',
      'pjsip show auths',
      'dialplan show globals',
      'channel request hangup all',
      'core stop now',
      'config reload extconfig.conf',
      'reload',
    ]) {
      terminal.type(`${command}\r`);
      await terminal.until(/You don't have permissions to run/);
    }
    terminal.type('core show uptime\r');
    await terminal.until('System uptime');
    expect(terminal.text()).not.toContain('uid=');
    terminal.endpoint.end('closed', '');
  });

  test('where Asterisk would permit more, the console does not open', async () => {
    const file = `${bench.lab.asterisk.configDir}/cli_permissions.conf`;
    const before = readFileSync(file, 'utf8');
    const isEnabled = async () => (await connector.status()).status?.consoleEnabled;
    try {
      writeFileSync(file, before.replace('deny = all', 'deny = all\npermit = core show'));
      await asteriskCli('cli reload permissions');
      const terminal = await open();
      const end = await terminal.over;
      expect(end.code).toBe('refused');
      expect(end.reason).toContain('not anchored');
      await waitFor('the status to say so', async () => (await isEnabled()) === false);
      const answer = await post({ cols: 80, rows: 24, user: { id: 7, name: 'Ann' } });
      expect(answer.status).toBe(409);
      expect(await answer.text()).toContain('not anchored');
    } finally {
      writeFileSync(file, before);
      await asteriskCli('cli reload permissions');
    }
    await waitFor('the agent to find that it was put right', isEnabled, 60_000);
  });

  test('with the shell: a program of the system, a full-screen one, and back to the CLI', async () => {
    await restart({ shell: true });
    const terminal = await opened();
    terminal.type('!id\r');
    await terminal.until(`(${account})`);
    terminal.type('!env\r');
    await terminal.until('TERM=xterm-256color');
    terminal.type('!\r');
    terminal.type('cd / && stty size\r');
    await terminal.until('40 120');
    terminal.type('top -d 1\r');
    await terminal.until(/load average/);
    terminal.endpoint.resize(100, 20);
    await terminal.until(/%?Cpu|Tasks/);
    terminal.type('q');
    await terminal.until(/[$#] /);
    terminal.type('echo "back"" again"\r');
    await terminal.until('back again');
    terminal.type('exit\r');
    terminal.type('core show uptime\r');
    await terminal.until('System uptime');
    const secrets = [bench.agentUser.apiKey, bench.lab.asterisk.users.actions.secret];
    for (const secret of secrets) expect(terminal.text()).not.toContain(secret);
    terminal.type('exit\r');
    expect(await terminal.over).toMatchObject({ code: 'exited' });
  });

  test('the agent stops: the person is told, and the program goes', async () => {
    const terminal = await opened();
    await connector.stop();
    expect(await terminal.over).toMatchObject({ code: 'shutdown' });
    await connector.start();
  });
});
