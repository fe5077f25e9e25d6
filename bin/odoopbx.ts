import { runCli } from './odoopbx/cli.ts';
import { processWorld } from './odoopbx/process-world.ts';

process.exitCode = await runCli(process.argv.slice(2), processWorld());
