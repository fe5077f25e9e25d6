import { Command, InvalidArgumentError } from 'commander';
import { silentLogger } from '#core/ports/logger.ts';
import { systemClock } from '#edge-agent/system-clock.ts';
import { createPbxSimulator } from './ami-server.ts';

function numberIn(low: number, high: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (text.trim() === '' || !(value >= low && value <= high)) {
      throw new InvalidArgumentError(`A number from ${low} to ${high}.`);
    }
    return value;
  };
}

function zone(text: string): string {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: text }).resolvedOptions().timeZone;
  } catch {
    throw new InvalidArgumentError('A time zone such as Europe/Berlin.');
  }
}

interface Options {
  port: number;
  rate: number;
  speed: number;
  user: string;
  secret: string;
  seed: number;
  zone: string;
}

const command = new Command('simulator')
  .description(
    'A PBX that speaks the Asterisk Manager Interface as Asterisk 22 does, for trying out any AMI client.\n' +
      'Phones: 1001 to 1003 answer, 1004 is busy, 1005 never answers, 1006 is offline; +… is the outside world.',
  )
  .option('--port <port>', 'TCP port on 127.0.0.1 (0: any free one)', numberIn(0, 65_535), 5038)
  .option('--rate <calls>', 'calls per minute that begin by themselves', numberIn(0, 60_000), 6)
  .option('--speed <factor>', 'how many times faster than life calls go', numberIn(0.1, 10_000), 1)
  .option('--user <name>', 'AMI user (all rights)', 'odoopbx')
  .option('--secret <secret>', 'its secret', 'odoopbx')
  .option('--seed <number>', 'the same seed plays the same calls', numberIn(0, 4_294_967_295), 1)
  .option('--zone <zone>', "zone of the PBX's local times", zone, 'America/Caracas');

const options = command.parse().opts<Options>();
const simulator = createPbxSimulator(
  {
    port: options.port,
    callsPerMinute: options.rate,
    speed: options.speed,
    seed: options.seed,
    timeZone: options.zone,
    users: [{ username: options.user, secret: options.secret, read: 'all', write: 'all' }],
  },
  { clock: systemClock, logger: silentLogger },
);
try {
  await simulator.start();
} catch (error) {
  const taken = error instanceof Error && 'code' in error && error.code === 'EADDRINUSE';
  process.stderr.write(
    taken ? `Port ${options.port} is taken: choose another by --port.\n` : `${String(error)}\n`,
  );
  process.exit(1);
}
process.stdout.write(
  `AMI on 127.0.0.1:${simulator.port}, user ${options.user}, ${options.rate} calls a minute.\n`,
);
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => void simulator.stop());
}
