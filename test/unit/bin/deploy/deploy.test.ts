import { describe, expect, it } from 'vitest';
import { readCdkLine } from '#bin/odoopbx/deploy/cdk-lines.ts';
import { OperatorWorld } from '#test/support/operator-world.ts';

interface Call {
  args: readonly string[];
  fleet: string | undefined;
}

function worldWithCdk(answer: (args: readonly string[], onLine: (line: string) => void) => number = () => 0) {
  const world = new OperatorWorld();
  const calls: Call[] = [];
  world.cloud.stack('CDKToolkit');
  world.runProgram = async (_, { args, env, onLine }) => {
    const [, ...rest] = args;
    calls.push({ args: rest, fleet: env['FLEET_FILE'] });
    if (rest[0] === 'deploy') world.cloud.stack('pf-api', { outputs: { ApiUrl: 'https://api.example.com' } });
    return answer(rest, onLine);
  };
  /** The command and the stacks of each call. */
  const told = () =>
    calls.map(({ args }) => [args[0], ...args.filter((arg) => arg.startsWith('pf-'))].join(' '));
  return { world, calls, told };
}

describe('deploy', () => {
  it('makes the templates once, then deploys the platform, the API and the tenants', async () => {
    const { world, calls, told } = worldWithCdk();
    const { code, stdout } = await world.run('deploy', '--all', '--concurrency', '7');
    expect(code).toBe(0);
    expect(stdout).toBe('https://api.example.com\n');
    expect(told()).toEqual([
      'synth',
      'deploy pf-platform',
      'deploy pf-api',
      'deploy pf-tenant-acme pf-tenant-beta',
    ]);
    const [synth, , , tenants] = calls;
    const assembly = synth?.args.at(-1);
    expect(tenants?.args).toEqual(
      expect.arrayContaining(['--app', assembly, '--exclusively', '--concurrency', '7']),
    );
    expect(calls.map(({ fleet }) => fleet)).toEqual(Array(4).fill(world.fleetPath));
  });

  it('leaves tenants that were not named alone, and says so', async () => {
    const { world, told } = worldWithCdk();
    expect((await world.run('deploy')).stderr).toContain('2 tenant(s) were left out: odoopbx deploy --all');
    expect(told()).toEqual(['synth', 'deploy pf-platform', 'deploy pf-api']);
    await world.run('deploy', 'beta');
    expect(told().at(-1)).toBe('deploy pf-tenant-beta');
    expect((await world.run('deploy', 'gamma')).code).toBe(2);
  });

  it('tells of secrets that are missing, and goes on', async () => {
    const { world } = worldWithCdk();
    world.cloud.secretValues.set('/pf/acme/odoo', 'x');
    const { code, stderr } = await world.run('deploy', 'acme');
    expect(code).toBe(0);
    expect(stderr).toContain(
      'warning: /pf/acme/lab/odoo is not set; events wait until it is: odoopbx secret set acme/lab',
    );
    expect(stderr).not.toContain('/pf/acme/odoo is');
    expect(stderr).not.toContain('/pf/beta/odoo');
  });

  it('only compares with --diff', async () => {
    const { world, told } = worldWithCdk((args, onLine) => {
      if (args[0] === 'diff') onLine('[+] AWS::SQS::Queue Inbox');
      return 0;
    });
    const { stdout } = await world.run('deploy', '--all', '--diff');
    expect(stdout).toBe('[+] AWS::SQS::Queue Inbox\n');
    expect(told()).toEqual(['synth', 'diff pf-platform pf-api pf-tenant-acme pf-tenant-beta']);
  });

  it('sets CDK up in a new account, after a question', async () => {
    const { world, calls } = worldWithCdk();
    world.cloud.stackStates.delete('CDKToolkit');
    expect((await world.run('deploy')).code).toBe(2);
    await world.run('deploy', '--yes');
    expect(calls.map(({ args }) => args[0])).toEqual(['synth', 'synth', 'bootstrap', 'deploy', 'deploy']);
    expect(calls[2]?.args[1]).toBe('aws://123456789012/eu-central-1');
  });

  it('stops at the first stack that fails and shows the lines that tell why', async () => {
    const line =
      'pf-platform |  3/45 | 10:11:12 AM | CREATE_FAILED        | AWS::Events::EventBus | Bus (Bus12) limit exceeded';
    const { world, told } = worldWithCdk((args, onLine) => {
      onLine('noise');
      onLine(line);
      return args[0] === 'deploy' ? 1 : 0;
    });
    const { code, stderr } = await world.run('deploy', '--all');
    expect(code).toBe(1);
    expect(stderr).toContain(`deploying pf-platform failed (cdk ended with 1):\n${line} (DEPLOY_FAILED)`);
    expect(stderr).not.toContain('noise');
    expect(told()).toEqual(['synth', 'deploy pf-platform']);
  });
});

describe('readCdkLine', () => {
  it('reads what the CDK prints', () => {
    expect(
      readCdkLine(
        'pf-platform |  3/45 | 10:11:12 AM | CREATE_IN_PROGRESS   | AWS::SQS::Queue | Inbox (Inbox1234)',
      ),
    ).toEqual({
      kind: 'event',
      stack: 'pf-platform',
      done: '3/45',
      status: 'CREATE_IN_PROGRESS',
      resource: 'AWS::SQS::Queue Inbox (Inbox1234)',
    });
    expect(readCdkLine(' ✅  pf-platform').kind).toBe('milestone');
    expect(readCdkLine('❌  pf-platform failed: Error').kind).toBe('failed');
    expect(readCdkLine('  ‣ AlreadyExistsException: Stack pf-platform already exists').kind).toBe('failed');
    expect(readCdkLine('Outputs:').kind).toBe('other');
  });
});
