import type { Message, SimulatorLink } from './ami-reader.ts';

const escape = '\u001b[';
export const bright = (text: string): string => `${escape}1;36m${text}${escape}0m`;
const strong = (text: string): string => `${escape}1;33m${text}${escape}0m`;
const green = (text: string): string => `${escape}1;32m${text}${escape}0m`;

export interface CliState {
  readonly link: SimulatorLink;
  readonly startedAt: number;
  calls: number;
}

interface Command {
  readonly about: string;
  run(state: CliState): Promise<string[]> | string[];
}

/** What the simulated PBX's CLI knows: enough to see how the console feels. */
export const commands: Readonly<Record<string, Command>> = {
  'core show channels': { about: 'Display information on channels', run: showChannels },
  'core show help': { about: 'Display help list', run: showHelp },
  'core show uptime': {
    about: 'Show uptime information',
    run: ({ startedAt }) => [
      `This console is open for ${Math.round((Date.now() - startedAt) / 1000)} seconds`,
    ],
  },
  'core show version': {
    about: 'Display version info',
    run: () => ['A simulated PBX of odoopbx: set AMI_HOST, AMI_USER and AMI_SECRET for a real one'],
  },
  'core show colours': { about: 'Display what the terminal can', run: showColours },
  help: { about: 'Display help list', run: showHelp },
};

function showHelp(): string[] {
  return Object.entries(commands).map(([name, { about }]) => `${strong(name.padEnd(30))} -- ${about}`);
}

function channelRow(message: Message): string {
  return [
    (message['Channel'] ?? '').padEnd(36),
    `${message['Exten'] ?? ''}@${message['Context'] ?? ''}`.padEnd(24),
    (message['ChannelStateDesc'] ?? '').padEnd(8),
    `${message['Application'] ?? ''}(${message['ApplicationData'] ?? ''})`,
  ].join(' ');
}

async function showChannels({ link, calls }: CliState): Promise<string[]> {
  const messages = await link.ask({ Action: 'CoreShowChannels' }, 'CoreShowChannelsComplete');
  const channels = messages.filter(({ Event }) => Event === 'CoreShowChannel');
  return [
    strong(`${'Channel'.padEnd(36)} ${'Location'.padEnd(24)} ${'State'.padEnd(8)} Application(Data)`),
    ...channels.map(channelRow),
    `${channels.length} active channel${channels.length === 1 ? '' : 's'}`,
    `${calls} calls seen since this console is open`,
  ];
}

function showColours(): string[] {
  return Array.from(
    { length: 16 },
    (_, row) =>
      Array.from({ length: 16 }, (_, column) => `${escape}48;5;${row * 16 + column}m  `).join('') +
      `${escape}0m`,
  );
}

/** A line of the kind that Asterisk's verbose mode shows; undefined: nothing is said of this event. */
export function verboseLine(message: Message): string | undefined {
  const channel = bright(message['Channel'] ?? '');
  switch (message['Event'] ?? '') {
    case 'Newchannel':
      return `    -- ${channel} calls ${strong(message['Exten'] ?? '')}`;
    case 'DialBegin':
      return `    -- Called ${bright(message['DestChannel'] ?? '')}`;
    case 'BridgeEnter':
      return `    -- ${channel} joined ${green('a bridge')}`;
    case 'Hangup':
      return `    -- Hungup ${channel} (${message['Cause-txt'] ?? ''})`;
    default:
      return undefined;
  }
}
