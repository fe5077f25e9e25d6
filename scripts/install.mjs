// Installs what the package file of a folder asks for, when it is not installed yet; npm's pre-scripts call it,
// so that `npm start` and `npm test` work in a fresh clone. Plain JavaScript without dependencies: it may run
// on an older Node than the product's, before node@24 is there.
// Usage: node scripts/install.mjs [folder ...]   (the root is always among them)
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');

function wanted(folder) {
  const hash = createHash('sha256');
  for (const file of ['package.json', 'package-lock.json']) hash.update(readFileSync(join(folder, file)));
  return hash.digest('hex');
}

function install(folder, name) {
  const stamp = join(folder, 'node_modules', '.installed');
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted(folder)) return;
  // `npm ci` empties node_modules first: right for a fresh folder, rude to a running one.
  const command = existsSync(stamp) ? 'install' : 'ci';
  const started = Date.now();
  process.stderr.write(`Installing the packages of ${name} (npm ${command}) …\n`);
  const run = spawnSync('npm', [command, '--no-audit', '--no-fund', '--loglevel=error'], {
    cwd: folder,
    stdio: ['ignore', 2, 2],
    shell: process.platform === 'win32',
  });
  if (run.status !== 0) {
    process.stderr.write(`npm ${command} failed in ${name}: nothing was started.\n`);
    process.exit(run.status ?? 1);
  }
  writeFileSync(stamp, wanted(folder));
  process.stderr.write(`Installed in ${((Date.now() - started) / 1000).toFixed(0)} s.\n`);
}

install(root, 'the project');
for (const folder of process.argv.slice(2)) install(join(root, folder), `${folder}/`);
