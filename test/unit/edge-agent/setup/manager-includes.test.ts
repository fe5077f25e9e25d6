import { describe, expect, test } from 'vitest';
import { findManagerPlace, withInclude } from '#edge-agent/setup/manager-includes.ts';

const place = (files: Record<string, string>) =>
  findManagerPlace('/etc/asterisk', (path) => files[path.replace('/etc/asterisk/', '')]);
const own = (file: string) => ({
  folder: '/etc/asterisk/manager_odoopbx.d',
  include: { file: `/etc/asterisk/${file}`, line: '#tryinclude "manager_odoopbx.d/*.conf"' },
});

describe('findManagerPlace', () => {
  test('no manager.conf', () => {
    expect(place({})).toBeUndefined();
  });

  test.each([
    '#include "manager.d/*.conf"',
    '  #tryinclude manager.d/*.conf ; Debian',
    '#include </etc/asterisk/manager.d/*.conf>',
    '#include "manager.d/*"',
  ])('a folder that is read already: %s', (line) => {
    expect(place({ 'manager.conf': `[general]\n${line}\n` })).toEqual({ folder: '/etc/asterisk/manager.d' });
  });

  test('one that an included file names', () => {
    const files = {
      'manager.conf': '#include manager_custom.conf\n',
      'manager_custom.conf': '#include "x.d/*.conf"\n',
    };
    expect(place(files)).toEqual({ folder: '/etc/asterisk/x.d' });
  });

  test('FreePBX: its file for what is the administrator’s', () => {
    const main = '#include manager_additional.conf\n#include manager_custom.conf';
    const files = { 'manager.conf': main, 'manager_additional.conf': '', 'manager_custom.conf': '' };
    expect(place(files)).toEqual(own('manager_custom.conf'));
  });

  test.each([
    '[general]\nenabled = yes\n',
    ';#include "manager.d/*.conf"\n',
    '#include "manager_*.conf"\n',
    '#include "tenants/*/*.conf"\n',
    '#include "manager.d/site_*.conf"\n',
    '#include manager_custom.conf\n',
    '#exec "/bin/true"\n',
  ])('else a line of our own at the end of manager.conf: %j', (text) => {
    expect(place({ 'manager.conf': text })).toEqual(own('manager.conf'));
  });

  test('with that line it is found again', () => {
    const { include } = own('manager.conf');
    expect(place({ 'manager.conf': withInclude('[general]', include.line) })).toEqual({
      folder: '/etc/asterisk/manager_odoopbx.d',
    });
  });
});

test.each(['[general]\n[admin]', '[general]\n[admin]\n'])('withInclude begins a line: %j', (text) => {
  expect(withInclude(text, '#tryinclude "x"')).toMatch(
    /^\[general\]\n\[admin\]\n\n; Added by .*\n#tryinclude "x"\n$/,
  );
});
