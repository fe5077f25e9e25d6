import { cpus } from 'node:os';
import { clients } from './clients.ts';
import type { Measured, Run } from './run-plan.ts';

export interface Row extends Pick<Run, 'client' | 'stream' | 'transport' | 'chunk' | 'events'> {
  delivered: number;
  lost: number;
  eventsPerSecond: number;
}

export interface Report {
  name: 'ami';
  machine: string;
  rows: Row[];
  /** The worst over all streams, transports and chunk sizes. */
  ratios: { selectiveVsBestPeer: number; selectiveVsSocket: number; wholeVsBestPeer: number };
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
    const worst = Math.max(lost, known?.lost ?? 0);
    const row = { client, stream, transport, chunk, events, delivered: expected - worst, lost: worst };
    rows.set(keyOf(run), { ...row, eventsPerSecond });
  }
  return [...rows.values()];
}

export function reportOf(rows: Row[]): Report {
  const role = (row: Row): string => clients[row.client]?.role ?? '';
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
        const best = Math.max(...rivals.map((row) => row.eventsPerSecond));
        return rivals.length === 0 ? [] : [own.eventsPerSecond / best];
      });
    return Math.round(Math.min(...ratios) * 100) / 100;
  };
  const isPeer = (row: Row): boolean => role(row) === 'peer';
  const ratios = {
    selectiveVsBestPeer: worst('own, selective', isPeer),
    selectiveVsSocket: worst('own, selective', (row) => role(row) === 'limit'),
    wholeVsBestPeer: worst('own, whole objects', isPeer),
  };
  const ownLost = rows.filter((row) => role(row) === 'own').reduce((sum, row) => sum + row.lost, 0);
  const targets = [
    atLeast('selective against the best peer', 4, ratios.selectiveVsBestPeer),
    atLeast('selective against reading the socket alone', 0.2, ratios.selectiveVsSocket),
    atLeast('whole objects against the best peer', 2, ratios.wholeVsBestPeer),
    { name: 'events lost', target: 0, reached: ownLost, met: ownLost === 0 },
  ];
  const machine = `${cpus().length} × ${cpus()[0]?.model ?? 'unknown'}, Node ${process.version}`;
  return { name: 'ami', machine, rows, ratios, ownLost, targets };
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
    lines.push(title);
    for (const row of group.toSorted((a, b) => b.eventsPerSecond - a.eventsPerSecond)) {
      const rate = row.eventsPerSecond.toLocaleString('en').padStart(11);
      lines.push(
        `  ${row.client.padEnd(22)}${rate} events/s${row.lost > 0 ? `   lost ${row.lost} of ${row.delivered + row.lost}` : ''}`,
      );
    }
    lines.push('');
  }
  for (const { name, target, reached, met } of targets) {
    lines.push(`${met ? 'met   ' : 'MISSED'} ${name}: ${reached} (target ${target})`);
  }
  return lines.join('\n');
}
