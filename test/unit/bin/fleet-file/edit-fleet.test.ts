import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { addPbx, addTenant, removePbx, removeTenant } from '#bin/odoopbx/fleet-file/edit-fleet.ts';
import { fleetTemplate } from '#bin/odoopbx/fleet-file/fleet-template.ts';

const written = `# head
platform: {region: eu-central-1}   # as ops want it

tenants:
  # the first customer
  acme:   # acme!
    odoo: { url: "https://acme.example.com", db: 'q', login: l }
    pbxs:
      # main building
      hq: {}
      # the test PBX
      lab:  # not much here
  # the second customer
  beta:
    odoo: {url: https://beta.example.com/${'z'.repeat(100)}, db: q, login: l}
    pbxs: {}  # none yet
# end
`;
const odoo = { url: 'https://x.example.com', db: 'x', login: 'pbx' };
const lines = (text: string) => text.split('\n');
const added = (after: string) => lines(after).filter((line) => !lines(written).includes(line));
const gone = (after: string) => lines(written).filter((line) => !lines(after).includes(line));

describe('adding', () => {
  it('puts a tenant behind the last one and leaves every other line as it is', () => {
    const after = addTenant(written, 'fleet.yaml', 'gamma', odoo);
    expect(gone(after)).toEqual([]);
    expect(added(after)).toEqual(
      [
        '  gamma:',
        '      url: https://x.example.com',
        '      db: x',
        '      login: pbx',
        '    odoo:',
        '    pbxs: {}',
      ].toSorted((a, b) => lines(after).indexOf(a) - lines(after).indexOf(b)),
    );
    expect(lines(after).at(-2)).toBe('# end');
    expect(parse(after).tenants.gamma).toEqual({ odoo, pbxs: {} });
  });

  it('puts a PBX into a mapping that was empty, and keeps the comment beside it', () => {
    const after = addPbx(written, 'fleet.yaml', 'beta', 'main', {});
    expect(gone(after)).toEqual(['    pbxs: {}  # none yet']);
    expect(added(after)).toEqual(['    pbxs:  # none yet', '      main: {}']);
  });

  it('puts a PBX behind one that has no settings', () => {
    const after = addPbx(written, 'fleet.yaml', 'acme', 'west', { login: 'west' });
    expect(gone(after)).toEqual([]);
    expect(parse(after).tenants.acme.pbxs).toEqual({ hq: {}, lab: null, west: { odoo: { login: 'west' } } });
    expect(lines(after).indexOf('      west:')).toBe(lines(after).indexOf('      lab:  # not much here') + 1);
  });

  it('works on the file that init writes, down to the bottom and back', () => {
    const template = fleetTemplate({ name: 'odoopbx', region: 'eu-central-1' });
    const one = addPbx(addTenant(template, 'f', 'acme', odoo), 'f', 'acme', 'hq', {});
    expect(one.startsWith(template.replace('tenants: {}\n', 'tenants:\n'))).toBe(true);
    expect(removeTenant(one, 'f', 'acme')).toBe(template);
  });

  it('works where braces or a missing section leave no lines to work on', () => {
    const braces = `platform: { region: eu-central-1 } # here\ntenants: { acme: { odoo: { url: "https://x.y", db: d, login: l }, pbxs: { hq: {} } } }\n`;
    const after = addPbx(braces, 'f', 'acme', 'lab', {});
    expect(parse(after).tenants.acme.pbxs).toEqual({ hq: {}, lab: {} });
    expect(after).toContain('# here');
    const bare = addTenant('platform: { region: eu-central-1 }\n', 'f', 'acme', odoo);
    expect(parse(bare).tenants.acme.odoo).toEqual(odoo);
  });

  it('refuses what the schema refuses, with the place', () => {
    expect(() => addTenant(written, 'fleet.yaml', 'Gamma', odoo)).toThrow(
      /fleet\.yaml:\d+:5 tenants\.Gamma: a name is 1 to 24/,
    );
    const http = { ...odoo, url: 'http://x.example.com' };
    expect(() => addTenant(written, 'fleet.yaml', 'gamma', http)).toThrow(
      'tenants.gamma.odoo.url: must be https',
    );
    expect(() => addTenant(written, 'fleet.yaml', 'acme', odoo)).toThrow(
      'fleet.yaml has a tenant acme already',
    );
    expect(() => addPbx(written, 'fleet.yaml', 'acme', 'hq', {})).toThrow('has a PBX acme/hq already');
    expect(() => addPbx(written, 'fleet.yaml', 'acne', 'hq', {})).toThrow('has no tenant acne');
  });
});

describe('removing', () => {
  it('takes a PBX with the comment right above it, and nothing else', () => {
    expect(gone(removePbx(written, 'fleet.yaml', 'acme', 'hq'))).toEqual([
      '      # main building',
      '      hq: {}',
    ]);
    expect(gone(removePbx(written, 'fleet.yaml', 'acme', 'lab'))).toEqual([
      '      # the test PBX',
      '      lab:  # not much here',
    ]);
  });

  it('leaves an empty mapping behind the last one', () => {
    const after = removePbx(removePbx(written, 'f', 'acme', 'hq'), 'f', 'acme', 'lab');
    expect(parse(after).tenants.acme.pbxs).toEqual({});
    expect(after).toContain('    pbxs: {}\n  # the second customer');
  });

  it('takes a tenant with all that is in it', () => {
    const after = removeTenant(written, 'fleet.yaml', 'acme');
    expect(Object.keys(parse(after).tenants)).toEqual(['beta']);
    expect(after).toContain('# as ops want it\n\ntenants:\n  # the second customer\n  beta:');
    expect(added(after)).toEqual([]);
  });

  it('refuses what is not there', () => {
    expect(() => removePbx(written, 'fleet.yaml', 'acme', 'west')).toThrow('has no PBX acme/west');
    expect(() => removeTenant(written, 'fleet.yaml', 'gamma')).toThrow('has no tenant gamma');
  });
});
