import { cpus } from 'node:os';
import { clients } from './clients.ts';
import type { Measured, Run } from './run-plan.ts';

export interface Row extends Pick<Run, 'client' | 'stream' | 'transport' | 'chunk' | 'events'> {
  delivered: number;
  lost: number;
  eventsPerSecond: number;
  eventsPerCpuSecond: number;
}

interface Ratios {
  selectiveVsBestPeer: number;
  /** Reading the socket by 'data' events, as every peer does. */
  selectiveVsSocket: number;
  /** Reading it into one buffer, the quickest that Node can. */
  selectiveVsOneBuffer: number;
  wholeVsBestPeer: number;
}

export interface Report {
  name: 'ami';
  machine: string;
  rows: Row[];
  /**
   * By processor time, each the worst over all streams, transports and chunk sizes. On an idle machine the two
   * kinds agree; on a busy one the wall clock measures the others' work.
   */
  ratios: Ratios;
  ratiosByWallClock: Ratios;
  /** Events that our client lost, in all runs together. */
  ownLost: number;
  targets: { name: string; target: number; reached: number; met: boolean }[];
}

const keyOf = ({ client, stream, transport, chunk }: Run): string =>
  [client, stream, transport, chunk].join('|');

/** The fastest round of each; a lost event of any round counts. */
export function bestOf(rounds: readonly (readonly { run: Run; measured: Measured }[])[]): Row[] {
  const rows = new Map<string, Row>();
  for (const { run, measured } of rounds.flat()) {
    const { client, stream, transport, chunk, events, expected } = run;
    const lost = expected - measured.delivered;
    const known = rows.get(keyOf(run));
    const eventsPerSecond = Math.round(Math.max(measured.eventsPerSecond, known?.eventsPerSecond ?? 0));
    const best = Math.max(measured.eventsPerCpuSecond, known?.eventsPerCpuSecond ?? 0);
    const eventsPerCpuSecond = Math.round(best);
    const worst = Math.max(lost, known?.lost ?? 0);
    const row = { client, stream, transport, chunk, events, delivered: expected - worst, lost: worst };
    rows.set(keyOf(run), { ...row, eventsPerSecond, eventsPerCpuSecond });
  }
  return [...rows.values()];
}

type Speed = 'eventsPerSecond' | 'eventsPerCpuSecond';

function ratiosBy(rows: readonly Row[], speed: Speed): Ratios {
  const worst = (client: string, against: (row: Row) => boolean): number => {
    const ratios = rows
      .filter((row) => row.client === client)
      .flatMap((own) => {
        const rivals = rows.filter(
          (row) =>
            against(row) &&
            row.stream === own.stream &&
            row.transport === own.transport &&
            row.chunk === own.chunk,
        );
        return rivals.length === 0 ? [] : [own[speed] / Math.max(...rivals.map((row) => row[speed]))];
      });
    return Math.round(Math.min(...ratios) * 100) / 100;
  };
  const isPeer = (row: Row): boolean => roleOf(row) === 'peer';
  return {
    selectiveVsBestPeer: worst('own, selective', isPeer),
    selectiveVsSocket: worst('own, selective', (row) => row.client === 'socket alone'),
    selectiveVsOneBuffer: worst('own, selective', (row) => row.client === 'socket alone, one buffer'),
    wholeVsBestPeer: worst('own, whole objects', isPeer),
  };
}

function roleOf(row: Row): string {
  return clients[row.client]?.role ?? '';
}

export function reportOf(rows: Row[]): Report {
  const ratios = ratiosBy(rows, 'eventsPerCpuSecond');
  const ratiosByWallClock = ratiosBy(rows, 'eventsPerSecond');
  const ownLost = rows.filter((row) => roleOf(row) === 'own').reduce((sum, row) => sum + row.lost, 0);
  const targets = [
    atLeast('selective against the best peer', 4, ratios.selectiveVsBestPeer),
    atLeast('selective against reading the socket alone', 0.2, ratios.selectiveVsSocket),
    atLeast('whole objects against the best peer', 2, ratios.wholeVsBestPeer),
    { name: 'events lost', target: 0, reached: ownLost, met: ownLost === 0 },
  ];
  const machine = `${cpus().length} × ${cpus()[0]?.model ?? 'unknown'}, Node ${process.version}`;
  return { name: 'ami', machine, rows, ratios, ratiosByWallClock, ownLost, targets };
}

function atLeast(name: string, target: number, reached: number): Report['targets'][number] {
  return { name, target, reached, met: reached >= target };
}

export function tableOf({ machine, rows, targets }: Report): string {
  const lines = [machine, ''];
  const groups = Map.groupBy(
    rows,
    ({ stream, transport, chunk }) => `${stream} stream, ${transport}, ${chunk} B chunks`,
  );
  for (const [title, group] of groups) {
    lines.push(title.padEnd(28) + 'events per CPU second and per second'.padStart(38));
    for (const row of group.toSorted((a, b) => b.eventsPerCpuSecond - a.eventsPerCpuSecond)) {
      const [cpu, wall] = [row.eventsPerCpuSecond, row.eventsPerSecond].map((n) =>
        n.toLocaleString('en').padStart(11),
      );
      const lost = row.lost > 0 ? `   lost ${row.lost} of ${row.delivered + row.lost}` : '';
      lines.push(`  ${row.client.padEnd(26)}${cpu}${wall}${lost}`);
    }
    lines.push('');
  }
  for (const { name, target, reached, met } of targets) {
    lines.push(`${met ? 'met   ' : 'MISSED'} ${name}: ${reached} (target ${target})`);
  }
  return lines.join('\n');
}
