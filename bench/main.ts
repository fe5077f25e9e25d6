/**
 * Runs a benchmark: `npm run bench -- NAME [--json]`; without a name lists them.
 * A benchmark is a folder with a main.ts that exports `run(options)`.
 */

export interface BenchOptions {
  /** Print one JSON document on standard output, and nothing else there. */
  json: boolean;
  /** What stands after the name and is none of ours. */
  args: readonly string[];
}

/** Resolves with whether every target was reached. */
export type Bench = (options: BenchOptions) => Promise<boolean>;

interface Entry {
  about: string;
  load: () => Promise<{ run: Bench }>;
}

const benches: Readonly<Record<string, Entry>> = {
  batching: {
    about: 'how many AMI events share an entry of the bus, recorded calls through the real batcher',
    load: () => import('./batching/main.ts'),
  },
  ami: {
    about: 'the AMI client against the npm packages that do the same',
    load: () => import('./ami/main.ts'),
  },
  odoo: {
    about: "the addon's batch gateway against one call per event, on the lab's Odoo",
    load: () => import('./odoo/main.ts'),
  },
  console: {
    about: "the console through standalone: a key's echo, a flood of output",
    load: () => import('./console/main.ts'),
  },
  lambda: {
    about: 'the functions as they are deployed: size, start against an empty one, warm rate',
    load: () => import('./lambda/main.ts'),
  },
};

const [name, ...rest] = process.argv.slice(2);
const entry = name === undefined ? undefined : benches[name];
if (entry === undefined) {
  const asked = name === undefined || name === '--help' || name === '-h';
  if (!asked) console.error(`There is no benchmark ${JSON.stringify(name)}.`);
  console.error('Usage: npm run bench -- NAME [--json]\n');
  for (const [key, { about }] of Object.entries(benches)) console.error(`  ${key.padEnd(8)} ${about}`);
  process.exitCode = asked ? 0 : 1;
} else {
  const { run } = await entry.load();
  const reached = await run({ json: rest.includes('--json'), args: rest.filter((arg) => arg !== '--json') });
  process.exitCode = reached ? 0 : 2;
}
