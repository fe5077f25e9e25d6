import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { RunProgram } from './run-program.ts';

export const spawnProgram: RunProgram = (program, { args, env, cwd, onLine }) =>
  new Promise((resolve, reject) => {
    const child = spawn(program, [...args], { cwd, env: { ...env }, stdio: ['ignore', 'pipe', 'pipe'] });
    createInterface({ input: child.stdout }).on('line', onLine);
    createInterface({ input: child.stderr }).on('line', onLine);
    child.once('error', reject);
    child.once('close', (code) => resolve(code ?? 1));
  });
