import { describe, expect, it } from 'vitest';
import { fleetTemplate } from '#bin/odoopbx/fleet-file/fleet-template.ts';
import { parseFleet } from '#bin/odoopbx/fleet-file/parse-fleet.ts';

const messageFor = (text: string): string => {
  try {
    parseFleet(text, 'fleet.yaml');
  } catch (error) {
    return (error as Error).message;
  }
  throw new Error('it was accepted');
};

describe('parseFleet', () => {
  it('lists all problems at once, each with its place, path, range and value', () => {
    const text = `platform:
  region: frankfurt
  archiveDays: 0
  nam: x
tenants:
  acme:
    odoo: { url: "ftp://x", db: "", login: pbx, timeoutSeconds: 3 }
    pbxs:
      hq:
        webhok: {}
`;
    expect(messageFor(text).split('\n')).toEqual([
      'fleet.yaml has 7 problems:',
      '  fleet.yaml:2:11 platform.region: must be an AWS region such as eu-central-1, it is "frankfurt"',
      '  fleet.yaml:3:16 platform.archiveDays: must be 1 to 3650, it is 0',
      '  fleet.yaml:4:8 platform.nam: is no setting, did you mean name?',
      '  fleet.yaml:7:18 tenants.acme.odoo.url: must be an https address, it is "ftp://x"',
      '  fleet.yaml:7:33 tenants.acme.odoo.db: must not be empty, it is ""',
      '  fleet.yaml:7:65 tenants.acme.odoo.timeoutSeconds: must be 35 to 240, it is 3',
      '  fleet.yaml:10:17 tenants.acme.pbxs.hq.webhok: is no setting, did you mean webhook?',
    ]);
  });

  it.each(['aws-pbx', 'ssm', 'default'])('takes no platform name that AWS keeps for itself: %s', (name) => {
    expect(messageFor(`platform: { name: ${name}, region: eu-central-1 }`)).toContain(
      'platform.name: must not begin with aws or ssm, nor be default',
    );
    expect(() =>
      parseFleet(`platform: { name: my-${name}, region: eu-central-1 }`, 'fleet.yaml'),
    ).not.toThrow();
  });

  it('says what is missing and what is no YAML', () => {
    const tenant = (odoo: string) =>
      `platform: { region: eu-west-1 }\ntenants:\n  a:\n    odoo: ${odoo}\n    pbxs: {}\n`;
    expect(messageFor(tenant(''))).toBe('fleet.yaml:4:11 tenants.a.odoo: must be a mapping, it is empty');
    expect(messageFor(tenant('{ url: nonsense, db: x, login: l }'))).toBe(
      'fleet.yaml:4:18 tenants.a.odoo.url: must be an https address, it is "nonsense"',
    );
    expect(messageFor('tenants: {}\n')).toBe('fleet.yaml platform: is missing');
    expect(messageFor('')).toContain('must be a mapping');
    expect(messageFor('platform: [\n')).toMatch(/^fleet\.yaml:\d+:\d+ Flow sequence/);
  });

  it('takes the file that init writes', () => {
    const { platform, tenants } = parseFleet(fleetTemplate({ name: 'pf', region: 'eu-west-1' }), 'f');
    expect(platform).toMatchObject({ name: 'pf', region: 'eu-west-1', archiveDays: 14 });
    expect(tenants).toEqual({});
  });

  it('takes what init leaves commented out once it is not', () => {
    const text = fleetTemplate({ name: 'pf', region: 'eu-west-1' });
    const settings = text.replace(/^ {2}# (?=\w+:)/gm, '  ').replace(/^ {2}# {3}(team)/gm, '    $1');
    const tenant = /^# {3}acme:\n(?:# {5}.*\n)+/m.exec(text)?.[0] ?? '';
    const example = tenant.replace(/^# /gm, '').replace(/^(\s+)# (timeoutSeconds|callsPerSecond)/gm, '$1$2');
    const { platform, tenants } = parseFleet(settings.replace('tenants: {}', `tenants:\n${example}`), 'f');
    expect(platform).toMatchObject({ account: '123456789012', logDays: 30, tags: { team: 'telephony' } });
    expect(Object.keys(tenants['acme']?.pbxs ?? {})).toEqual(['hq', 'lab']);
    expect(tenants['acme']).toMatchObject({
      odoo: { timeoutSeconds: 60, callsPerSecond: 1 },
      rules: [{ id: 'cdr' }],
    });
  });
});
