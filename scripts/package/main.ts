/** `npm run package -- deb|repository|addons`: the agent for Debian, the folder that apt installs it from, the Odoo addons. */
import { Command, CommanderError, InvalidArgumentError, Option } from 'commander';
import { CommandFailed } from '#scripts/lab/run.ts';
import { architectureNames, type Architecture } from './architectures.ts';
import { buildAddons } from './build-addons.ts';
import { buildDeb, type BuiltDeb } from './build-deb.ts';
import { buildRepository } from './build-repository.ts';
import { PackageError } from './fail.ts';
import { inMegabytes } from './progress.ts';
import { repositoryUrl } from './repository-url.ts';

const whole = (from: number, to: number) => (text: string) => {
  const number = Number(text);
  if (Number.isInteger(number) && number >= from && number <= to) return number;
  throw new InvalidArgumentError(`It must be a whole number from ${from} to ${to}.`);
};

const url = (text: string): string => {
  try {
    return repositoryUrl(text);
  } catch (error) {
    throw new InvalidArgumentError(error instanceof Error ? error.message : String(error));
  }
};

interface DebFlags {
  arch: Architecture | 'all';
  out: string;
  revision: number;
  level: number;
  json: boolean;
}

interface RepositoryFlags {
  out: string;
  from: string;
  url: string;
  key?: string;
  keyFile?: string;
  passphraseFile?: string;
  json: boolean;
}

const program = new Command('npm run package --')
  .description('Packages of the agent for Debian and its like, and of the Odoo addons.')
  .addHelpText(
    'after',
    '\nTime and maintainer of the packages are those of the last commit; SOURCE_DATE_EPOCH, and DEBFULLNAME with ' +
      'DEBEMAIL, say otherwise. The cache is ~/.cache/odoopbx-package (XDG_CACHE_HOME).',
  )
  .exitOverride();

program
  .command('deb')
  .description('build odoopbx-agent_<version>_<arch>.deb')
  .addOption(
    new Option('--arch <arch>', 'for which kind of PBX')
      .choices([...architectureNames, 'all'])
      .default('all'),
  )
  .option('--out <folder>', 'where the packages go', 'dist')
  .option('--revision <number>', 'raise it to package the same version anew', whole(1, 9999), 1)
  .option('--level <number>', 'of compression: 0 is quick, 9 is small', whole(0, 9), 6)
  .option('--json', 'answer as one JSON object', false)
  .action(async (flags: DebFlags) => {
    const built: BuiltDeb[] = [];
    for (const arch of flags.arch === 'all' ? architectureNames : [flags.arch]) {
      built.push(await buildDeb({ ...flags, arch }));
    }
    if (flags.json) return console.log(JSON.stringify({ packages: built }));
    for (const { file, packageBytes, installedBytes, tried } of built) {
      console.log(
        `${file}: ${inMegabytes(packageBytes)}, installed ${inMegabytes(installedBytes)} (${tried})`,
      );
    }
  });

program
  .command('addons')
  .description('build odoopbx-addons-<version>.zip: the Odoo addons with all that is made for them')
  .option('--out <folder>', 'where the archive goes', 'dist')
  .option('--json', 'answer as one JSON object', false)
  .action(async (flags: { out: string; json: boolean }) => {
    const built = await buildAddons(flags);
    if (flags.json) return console.log(JSON.stringify(built));
    console.log(`${built.file}: ${inMegabytes(built.bytes)}, ${built.addons.join(', ')}`);
  });

program
  .command('repository')
  .description(
    'make a signed folder that any web space can host, from packages and what the folder has already',
  )
  .option('--out <folder>', 'the folder', 'dist/repository')
  .option('--from <folder>', 'where the new packages are', 'dist')
  .requiredOption('--url <url>', 'where it will be hosted: https://…', url)
  .addOption(new Option('--key <id>', 'secret key of your GnuPG').conflicts('keyFile'))
  .option('--key-file <file>', 'secret key as gpg --export-secret-keys wrote it')
  .option('--passphrase-file <file>', 'where the key asks for one')
  .option('--json', 'answer as one JSON object', false)
  .action(async (flags: RepositoryFlags) => {
    const made = await buildRepository(flags);
    if (flags.json) return console.log(JSON.stringify(made));
    for (const { name, bytes } of made.packages) console.log(`${name}: ${inMegabytes(bytes)}`);
    console.log(`${made.folder}: ${inMegabytes(made.bytes)}, signed by ${made.fingerprint}`);
    console.log(`Host it at ${made.url}; then a PBX is installed, or brought up to date, by\n`);
    console.log(`  ${made.install}\n`);
    console.log('with URL and CODE as `odoopbx invite` prints them, or nothing to enrol later.');
  });

try {
  await program.parseAsync();
} catch (error) {
  if (error instanceof CommanderError) process.exitCode = error.exitCode === 0 ? 0 : 2;
  else if (error instanceof PackageError || error instanceof CommandFailed) {
    process.stderr.write(`package: ${error.message}\n`);
    process.exitCode = 1;
  } else throw error;
}
