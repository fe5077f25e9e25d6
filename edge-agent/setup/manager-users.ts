/** The file of our own that gives Asterisk the agent's two AMI users. */

export interface ManagerUsers {
  /** Names the instance in the comment. */
  pbx: string;
  events: { username: string; secret: string };
  actions: { username: string; secret: string };
  /** Addresses that may log in. */
  permit: readonly string[];
  /** Classes besides the usual ones. */
  extraRead?: readonly string[];
  extraWrite?: readonly string[];
  /** Names of events that Asterisk may send; undefined: all that the classes hold. */
  filter?: readonly string[];
  /** Asterisk knows `eventfilter(name(…))`: 18.26, 20.11, 21.6, 22.1 and later. */
  advancedFilters: boolean;
}

/** All that a rule may sensibly ask for. No `security`, `config`, `command`, `log`: the agent reads no secrets. */
const readClasses = ['system', 'call', 'agent', 'user', 'cdr', 'dialplan', 'reporting', 'dtmf'];
/** No `system`: it would lift Asterisk's own guard on Originate; no `command`. */
const writeClasses = ['originate', 'call', 'reporting'];
/** Whatever is filtered: reconciliation after a gap and Originate live on them (edge-agent/ami/filters.ts). */
const alwaysSent = ['FullyBooted', 'Newchannel', 'Newstate', 'Rename', 'Hangup', 'OriginateResponse'];

const classes = new Set([
  'system', 'call', 'log', 'verbose', 'agent', 'user', 'config', 'command', 'dtmf', 'reporting', 'cdr',
  'dialplan', 'originate', 'agi', 'cc', 'aoc', 'security', 'message',
]); // prettier-ignore

/** The names in `given` that AMI has no class for. */
export function unknownClasses(given: readonly string[]): string[] {
  return given.filter((name) => !classes.has(name));
}

export function managerUsersText(users: ManagerUsers): string {
  const { pbx, events, actions, extraRead = [], extraWrite = [], filter } = users;
  const read = [...new Set([...readClasses, ...extraRead])].join(',');
  const write = [...new Set([...writeClasses, ...extraWrite])].join(',');
  const filters = filter === undefined ? [] : filterLines(filter, users.advancedFilters);
  const sections =
    events.username === actions.username
      ? [section(users, events, [`read = ${read}`, `write = ${write}`, ...filters])]
      : [
          section(users, events, [`read = ${read}`, 'write =', ...filters]),
          section(users, actions, ['read =', `write = ${write}`]),
        ];
  return `; The AMI users of the agent of ${pbx}. Written by "odoopbx-agent setup-ami", which also replaces it;\n; the secrets are those of the agent's configuration.\n\n${sections.join('\n')}`;
}

function section(
  { permit }: ManagerUsers,
  { username, secret }: { username: string; secret: string },
  rights: readonly string[],
): string {
  const lines = [
    `[${username}]`,
    // A semicolon would begin a comment.
    `secret = ${secret.replaceAll(';', String.raw`\;`)}`,
    'deny = 0.0.0.0/0.0.0.0',
    // IPv6 is denied by a line of its own.
    'deny = ::/0',
    ...permit.map((address) => `permit = ${address}/${address.includes(':') ? '128' : '255.255.255.255'}`),
    ...rights,
    // A reader that lags for the usual 100 ms would be cut off; a session that died may still be counted.
    'writetimeout = 5000',
    'allowmultiplelogin = yes',
    'displayconnects = no',
  ];
  return `${lines.join('\n')}\n`;
}

function filterLines(names: readonly string[], advanced: boolean): string[] {
  return [...new Set([...alwaysSent, ...names])].map((name) =>
    // The old form is a regular expression over the whole event: it also lets through what begins alike.
    advanced ? `eventfilter(name(${name}),action(include)) =` : `eventfilter = Event: ${name}`,
  );
}

/** The settings of `[general]` that the agent needs and Asterisk does not have, as a file of our own; or nothing. */
export function managerGeneralText(needs: { enable: boolean; timestamps: boolean }): string | undefined {
  const lines = [
    // Switched on by us it must not be open to the network.
    ...(needs.enable ? ['enabled = yes', 'bindaddr = 127.0.0.1'] : []),
    ...(needs.timestamps ? ['timestampevents = yes'] : []),
  ];
  if (lines.length === 0) return undefined;
  return `; What odoopbx-agent needs of the manager interface. Written by "odoopbx-agent setup-ami".\n\n[general](+)\n${lines.join('\n')}\n`;
}
