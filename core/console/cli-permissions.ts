/*
 * What Asterisk's CLI lets the console's account do (cli_permissions.conf), where `!` is off.
 *
 * It is an allow-list, because a deny-list does not hold: `originate` is an alias of `channel originate`, `dialplan
 * add extension` writes a System(…), and a new module brings new commands.
 *
 * Asterisk searches each entry as an extended regular expression, in any case of letters and ANYWHERE in the command:
 * `permit = core show` also permits `module unload core show`. So every entry is anchored at its beginning.
 */

/** After the words: the end, or a blank before the arguments. */
const words = (text: string) => `^${text}( |$)`;

/** Reads of state that hold no passwords. `pjsip show auth` shows them, `database show` and globals may. */
const shown = [
  'core show',
  // An alias of `core show help`.
  'help',
  'core ping taskprocessor',
  'module show',
  'channel show',
  'channeltype',
  'bridge show',
  'bridge technology show',
  'queue show',
  'confbridge list',
  'confbridge show',
  'parking show',
  'cdr show status',
  'cel show status',
  'cli show aliases',
  'cli show permissions',
  'device_state list',
  'devstate list',
  'dialplan show',
  'features show',
  'http show status',
  'indication show',
  'local show channels',
  'logger show channels',
  'manager show connected',
  'manager show settings',
  'manager show users',
  'moh show',
  'mixmonitor list',
  'rtp show settings',
  'stun show status',
  'agi show commands',
  'acl show',
  'dnsmgr status',
  'voicemail show',
  'fax show',
  'sorcery memory cache show',
  'sip show (channels|channelstats|domains|inuse|objects|registry|settings|subscriptions|tcp|peers)',
  'iax2 show (channels|netstats|peers|registry|stats|threads)',
  'dahdi show (channel|channels|status|version)',
  'pri show (channels|span|spans|version)',
  'pjsip list (aors|channels|ciphers|contacts|endpoints|identifies|registrations|transports)',
  [
    'pjsip show (aor|aors|channel|channels|channelstats|contact|contacts|endpoint|endpoints|identify|identifies',
    'identifiers|qualify|registration|registrations|scheduled_tasks|settings|subscription|subscriptions',
    'transport|transports|unidentified_requests|version)',
  ].join('|'),
];

/** What a person at the console changes: its own verbosity, traces, a call that hangs. */
const changed = [
  // Asterisk's client sends it by itself, to be shown log lines at all; it is about its own terminal alone.
  'logger mute',
  'core set verbose',
  'pjsip set logger (on|off|host|add|method|verbose)',
  '(rtp|rtcp) set (debug|stats)',
  'sip set debug',
  'iax2 set debug',
  'agi set debug',
  'queue (pause|unpause) member',
  // Of one channel: its name has a slash, and `all` has none.
  'channel request hangup [^ ]+/[^ ]+',
];

/** Where a permitted beginning goes on to what may hold secrets. The last entry that fits decides. */
const excepted = ['dialplan show globals', 'core show globals'];

export const permittedCommands: readonly string[] = [...shown, ...changed].map(words);
export const deniedCommands: readonly string[] = excepted.map(words);

/** The section of cli_permissions.conf for the account that the console runs as. */
export function cliPermissionsText(account: string): string {
  const lines = [
    `[${account}]`,
    'deny = all',
    ...permittedCommands.map((pattern) => `permit = ${pattern}`),
    ...deniedCommands.map((pattern) => `deny = ${pattern}`),
  ];
  return `${lines.join('\n')}\n`;
}
