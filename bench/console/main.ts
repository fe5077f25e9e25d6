import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { consoleLimits } from '../../core/console/limits.ts';
import { systemClock } from '../../edge-agent/system-clock.ts';
import type { Bench } from '../main.ts';
import { measureEcho, measureThroughput, openBenchTerminal } from './measure.ts';
import { openStandalone } from './open-standalone.ts';

const echoAimMs = 30;

/**
 * `npm run bench -- console [--keys 200] [--megabytes 10] [--json]`: a shell on a terminal through all of standalone
 * (browser's side, WebSocket, relay, agent, pseudo-terminal and back).
 */
export const run: Bench = async ({ json, args }) => {
  const { values } = parseArgs({
    args: [...args],
    options: {
      keys: { type: 'string', default: '200' },
      megabytes: { type: 'string', default: '10' },
    },
  });
  const folder = mkdtempSync(join(tmpdir(), 'odoopbx-bench-'));
  const standalone = await openStandalone(['sh']);
  try {
    const { file, bytes, hash } = writeOutput(folder, Number(values.megabytes) * 1_000_000);
    const terminal = openBenchTerminal(await standalone.invite());
    while (terminal.endpoint.state !== 'live') await systemClock.sleep(20);
    await systemClock.sleep(500);
    const times = (await measureEcho(terminal, Number(values.keys))).toSorted((a, b) => a - b);
    terminal.endpoint.write(Buffer.from('\u0015'));
    await systemClock.sleep(200);
    const before = process.memoryUsage().rss;
    const watch = watchMemory();
    const command = `stty -echo -onlcr; printf '\\nSTART\\r\\n'; cat ${file}`;
    const { seconds, whole } = await measureThroughput(terminal, command, bytes, hash);
    const peak = watch();
    terminal.endpoint.end('closed', 'The benchmark is over.');
    const at = (share: number): number => round(times[Math.floor(times.length * share)] ?? Number.NaN);
    const report = {
      name: 'console',
      machine: `${cpus().length} × ${cpus()[0]?.model ?? 'processor'}, Node ${process.versions.node}`,
      echo: { keys: times.length, medianMs: at(0.5), p95Ms: at(0.95), aimMs: echoAimMs },
      output: { bytes, seconds: round(seconds), megabytesPerSecond: round(bytes / 1e6 / seconds), whole },
      largestMessageBytes: terminal.largest(),
      /** Of one process that is browser's side, relay and agent at once. */
      memoryGrowthMegabytes: round((peak - before) / 1e6),
    };
    const met = report.echo.medianMs < echoAimMs && whole && terminal.largest() <= consoleLimits.frameBytes;
    console.log(json ? JSON.stringify({ ...report, met }, null, 2) : inWords(report));
    return met;
  } finally {
    await standalone.stop();
    rmSync(folder, { recursive: true, force: true });
  }
};

/** Output as a CLI's: lines of text with some colour. */
function writeOutput(folder: string, size: number): { file: string; bytes: number; hash: string } {
  const lines: string[] = [];
  for (let bytes = 0, at = 0; bytes < size; at += 1) {
    const line = `\u001b[1;36m${String(at).padStart(8, '0')}\u001b[0m  FUNCTION_${at % 997}  what it is for\n`;
    lines.push(line);
    bytes += line.length;
  }
  const text = Buffer.from(lines.join(''));
  const file = join(folder, 'output.txt');
  writeFileSync(file, text);
  return { file, bytes: text.length, hash: createHash('sha256').update(text).digest('hex') };
}

/** Returns how to stop, which gives the largest resident size that was seen. */
function watchMemory(): () => number {
  let peak = 0;
  const timer = setInterval(() => (peak = Math.max(peak, process.memoryUsage().rss)), 20);
  return () => {
    clearInterval(timer);
    return Math.max(peak, process.memoryUsage().rss);
  };
}

function round(value: number): number {
  return Math.round(value * 100) / 100;
}

interface Report {
  machine: string;
  echo: { keys: number; medianMs: number; p95Ms: number; aimMs: number };
  output: { bytes: number; seconds: number; megabytesPerSecond: number; whole: boolean };
  largestMessageBytes: number;
  memoryGrowthMegabytes: number;
}

function inWords({ machine, echo, output, largestMessageBytes, memoryGrowthMegabytes }: Report): string {
  return [
    machine,
    `echo of a key: median ${echo.medianMs} ms, 95 % within ${echo.p95Ms} ms (${echo.keys} keys; aim ${echo.aimMs} ms)`,
    `output: ${output.bytes.toLocaleString('en')} bytes in ${output.seconds} s, ${output.megabytesPerSecond} MB/s, ${output.whole ? 'byte for byte' : 'DAMAGED'}`,
    `largest message ${largestMessageBytes.toLocaleString('en')} bytes, memory grew by ${memoryGrowthMegabytes} MB`,
  ].join('\n');
}
