import { expect, test } from 'vitest';
import { managerGeneralText, managerUsersText, unknownClasses } from '#edge-agent/setup/manager-users.ts';

const users = {
  pbx: 'acme_hq',
  events: { username: 'e', secret: 'se' },
  actions: { username: 'a', secret: 'sa' },
  permit: ['127.0.0.1'],
  advancedFilters: true,
};

test('one user only reads, the other only writes; both from this machine alone', () => {
  expect(managerUsersText(users))
    .toBe(`; The AMI users of the agent of acme_hq. Written by "odoopbx-agent setup-ami", which also replaces it;
; the secrets are those of the agent's configuration.

[e]
secret = se
deny = 0.0.0.0/0.0.0.0
deny = ::/0
permit = 127.0.0.1/255.255.255.255
read = system,call,agent,user,cdr,dialplan,reporting,dtmf
write =
writetimeout = 5000
allowmultiplelogin = yes
displayconnects = no

[a]
secret = sa
deny = 0.0.0.0/0.0.0.0
deny = ::/0
permit = 127.0.0.1/255.255.255.255
read =
write = originate,call,reporting
writetimeout = 5000
allowmultiplelogin = yes
displayconnects = no
`);
});

test('one name for both has one section', () => {
  const text = managerUsersText({ ...users, actions: users.events });
  expect(text.match(/^\[/gm)).toHaveLength(1);
  expect(text).toMatch(/read = system,.*\nwrite = originate,call,reporting\n/);
});

test('what is asked for besides', () => {
  const text = managerUsersText({
    ...users,
    permit: ['127.0.0.1', '2001:db8::1'],
    extraRead: ['cc'],
    extraWrite: ['agent', 'call'],
  });
  expect(text).toContain('permit = 2001:db8::1/128\n');
  expect(text).toContain('reporting,dtmf,cc\n');
  expect(text).toContain('write = originate,call,reporting,agent\n');
  expect(unknownClasses(['agent', 'all', 'root'])).toEqual(['all', 'root']);
});

test('filters always let through what reconciliation needs', () => {
  const lines = (advancedFilters: boolean) =>
    managerUsersText({ ...users, advancedFilters, filter: ['Cdr', 'Hangup'] })
      .split('\n')
      .filter((line) => line.startsWith('eventfilter'));
  expect(lines(true)).toEqual(
    ['FullyBooted', 'Newchannel', 'Newstate', 'Rename', 'Hangup', 'OriginateResponse', 'Cdr'].map(
      (name) => `eventfilter(name(${name}),action(include)) =`,
    ),
  );
  expect(lines(false)).toContain('eventfilter = Event: Cdr');
});

test('a semicolon in a secret begins no comment', () => {
  expect(managerUsersText({ ...users, events: { username: 'e', secret: 'x;y' } })).toContain(
    'secret = x\\;y\n',
  );
});

test('[general] holds what is needed and is not there', () => {
  expect(managerGeneralText({ enable: false, timestamps: false })).toBeUndefined();
  const text = managerGeneralText({ enable: true, timestamps: true });
  expect(text).toMatch(/\[general\]\(\+\)\nenabled = yes\nbindaddr = 127\.0\.0\.1\ntimestampevents = yes\n$/);
  expect(managerGeneralText({ enable: false, timestamps: true })).not.toContain('enabled');
});
