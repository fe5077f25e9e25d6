/**
 * The CLI of the simulated PBX, for the console: `node main.ts PORT SECRET` on a terminal. It starts nothing and reads
 * nothing but the simulator's AMI.
 */
import { createInterface } from 'node:readline';
import { openLink } from './ami-reader.ts';
import { bright, commands, type CliState, verboseLine } from './commands.ts';

const [port, secret = ''] = process.argv.slice(2);
const names = Object.keys(commands);

/** Completes the word that is being typed, as Asterisk does. */
function complete(line: string): [string[], string] {
  const typed = line.slice(line.lastIndexOf(' ') + 1);
  const before = line.slice(0, line.length - typed.length);
  const words = names
    .filter((name) => name.startsWith(line))
    .map((name) => `${name.slice(before.length).split(' ', 1)[0] ?? ''} `);
  return [[...new Set(words)], typed];
}

const terminal = createInterface({
  input: process.stdin,
  output: process.stdout,
  prompt: 'simulator*CLI> ',
  completer: complete,
  historySize: 100,
});

/** A line that comes while somebody types leaves what is typed where it is. */
function say(text: string): void {
  process.stdout.write(`\r\u001b[K${text}\n`);
  terminal.prompt(true);
}

const state: CliState = {
  startedAt: Date.now(),
  calls: 0,
  link: openLink(Number(port), secret, {
    event(message) {
      if (message['Event'] === 'Newchannel') state.calls += 1;
      const line = verboseLine(message);
      if (line !== undefined) say(line);
    },
    closed() {
      say('The simulator is gone.');
      process.exit(1);
    },
  }),
};

async function run(line: string): Promise<void> {
  const command = line.trim().replaceAll(/\s+/g, ' ');
  if (command === 'exit' || command === 'quit') process.exit(0);
  const known = commands[command];
  if (known) for (const text of await known.run(state)) process.stdout.write(`${text}\n`);
  else if (command.startsWith('!')) process.stdout.write('The simulated PBX has no shell.\n');
  else if (command !== '')
    process.stdout.write(`No such command '${command}' (type 'help' for those there are)\n`);
  terminal.prompt();
}

process.stdout.write(
  `Connected to ${bright('the simulated PBX')}: its calls show here as they happen; try ${bright('core show channels')}\n`,
);
terminal.on('line', (line) => void run(line));
terminal.on('close', () => process.exit(0));
terminal.prompt();
