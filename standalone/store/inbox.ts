import type { DatabaseSync } from 'node:sqlite';
import { agentStatusDetailType } from '#core/contracts/agent-status.ts';
import type { BusEntry } from '#core/ports/bus.ts';
import type { Clock } from '#core/ports/clock.ts';
import type { InboxMessage, MessageOutcome, ParkedItem } from '#core/ports/inbox.ts';
import { transaction } from './database.ts';

/** A status is not history and must not wait behind events that Odoo can't take now: a lane of its own. */
export type Lane = 'delivery' | 'status';

export interface InboxStats {
  waiting: number;
  bytes: number;
  parked: number;
  /** Unix milliseconds at which the oldest waiting message came. */
  oldestAt: number | null;
  /** Why the first message waits, and until when (Unix milliseconds). */
  retry: { code: string; message: string; until: number; count: number } | null;
}

export interface ParkedMessage extends ParkedItem {
  id: number;
  /** Unix milliseconds. */
  at: number;
}

interface Row {
  id: number;
  source: string;
  detail_type: string;
  detail: string;
  receive_count: number;
  visible_at: number;
}

/** The longest pause that route-events asks for; more than it means that the clock was put back. */
const longestPauseMs = 900_000;

const laneTest = { delivery: '<>', status: '=' } as const;

/**
 * The inbox in front of Odoo. Invariants: `put` has committed when it returns; messages of one source leave in
 * the order in which they came, one under retry holds back all behind it; a message goes only by `settle`.
 */
export class StandaloneInbox {
  readonly #db: DatabaseSync;
  readonly #clock: Clock;
  readonly #maxBytes: number;
  readonly #maxParked: number;
  readonly #wakers = new Set<() => void>();
  #bytes: number;

  constructor(db: DatabaseSync, clock: Clock, limits: { maxBytes?: number; maxParked?: number } = {}) {
    this.#db = db;
    this.#clock = clock;
    this.#maxBytes = limits.maxBytes ?? 1_000_000_000;
    this.#maxParked = limits.maxParked ?? 20_000;
    this.#bytes = this.#count('SELECT total(length(detail)) AS n FROM inbox');
  }

  /** False where the inbox is full: the producer keeps what it has. */
  put(entries: readonly BusEntry[]): boolean {
    let bytes = entries.reduce((sum, entry) => sum + entry.detail.length, 0);
    if (this.#bytes > 0 && this.#bytes + bytes > this.#maxBytes) return false;
    transaction(this.#db, () => {
      const forget = this.#db.prepare(
        'DELETE FROM inbox WHERE source = ? AND detail_type = ? RETURNING length(detail) AS n',
      );
      const insert = this.#db.prepare(
        'INSERT INTO inbox (source, detail_type, detail, received_at) VALUES (?, ?, ?, ?)',
      );
      for (const { source, detailType, detail } of entries) {
        if (detailType === agentStatusDetailType) {
          for (const gone of forget.all(source, detailType) as { n: number }[]) bytes -= gone.n;
        }
        insert.run(source, detailType, detail, this.#clock.now());
      }
    });
    this.#bytes += bytes;
    this.wake();
    return true;
  }

  /** The oldest messages that may go now, at most `max`; each counts as received once more. */
  take(lane: Lane, max: number): InboxMessage[] {
    const now = this.#clock.now();
    const rows = this.#db
      .prepare(`SELECT * FROM inbox WHERE detail_type ${laneTest[lane]} ? ORDER BY id LIMIT ?`)
      .all(agentStatusDetailType, max) as unknown as Row[];
    const blocked = new Set<string>();
    const taken = rows.filter((row) => {
      if (pauseLeft(row, now) > 0) blocked.add(row.source);
      return !blocked.has(row.source);
    });
    const count = this.#db.prepare('UPDATE inbox SET receive_count = receive_count + 1 WHERE id = ?');
    transaction(this.#db, () => {
      for (const row of taken) count.run(row.id);
    });
    return taken.map((row) => ({
      id: String(row.id),
      event: {
        source: row.source,
        'detail-type': row.detail_type,
        detail: JSON.parse(row.detail) as unknown,
      },
      receiveCount: row.receive_count + 1,
    }));
  }

  settle(outcomes: readonly MessageOutcome[]): void {
    const now = this.#clock.now();
    transaction(this.#db, () => {
      const remove = this.#db.prepare('DELETE FROM inbox WHERE id = ? RETURNING length(detail) AS n');
      const delay = this.#db.prepare('UPDATE inbox SET visible_at = ?, code = ?, message = ? WHERE id = ?');
      for (const outcome of outcomes) {
        const id = Number(outcome.id);
        if (outcome.outcome === 'retry') {
          delay.run(now + outcome.afterSeconds * 1000, outcome.code, outcome.message, id);
          continue;
        }
        if (outcome.outcome === 'parked') this.#park(outcome.parked, now);
        this.#bytes -= (remove.get(id) as { n: number } | undefined)?.n ?? 0;
      }
    });
  }

  /** Lets everything that waits for a retry go now. */
  retryNow(): void {
    this.#db.prepare('UPDATE inbox SET visible_at = 0').run();
    this.wake();
  }

  /** Milliseconds until the first waiting message may go; 0: now; null: nothing waits. */
  dueIn(lane: Lane): number | null {
    const first = this.#db
      .prepare(`SELECT visible_at FROM inbox WHERE detail_type ${laneTest[lane]} ? ORDER BY id LIMIT 1`)
      .get(agentStatusDetailType) as { visible_at: number } | undefined;
    return first === undefined ? null : pauseLeft(first, this.#clock.now());
  }

  parked(limit: number): ParkedMessage[] {
    const rows = this.#db
      .prepare('SELECT * FROM parked ORDER BY id DESC LIMIT ?')
      .all(limit) as unknown as (Row & {
      code: string;
      message: string;
      traceback: string | null;
      parked_at: number;
    })[];
    return rows.map((row) => ({
      id: row.id,
      at: row.parked_at,
      source: row.source,
      detailType: row.detail_type,
      detail: JSON.parse(row.detail) as unknown,
      code: row.code,
      message: row.message,
      ...(row.traceback === null ? {} : { traceback: row.traceback }),
    }));
  }

  stats(): InboxStats {
    const first = this.#db
      .prepare(
        'SELECT visible_at, code, message, receive_count FROM inbox WHERE detail_type <> ? ORDER BY id LIMIT 1',
      )
      .get(agentStatusDetailType) as
      { visible_at: number; code: string | null; message: string | null; receive_count: number } | undefined;
    const all = this.#db.prepare('SELECT count(*) AS n, min(received_at) AS oldest FROM inbox').get() as {
      n: number;
      oldest: number | null;
    };
    return {
      waiting: all.n,
      bytes: this.#bytes,
      parked: this.#count('SELECT count(*) AS n FROM parked'),
      oldestAt: all.oldest,
      retry:
        first?.code && first.visible_at > this.#clock.now()
          ? {
              code: first.code,
              message: first.message ?? '',
              until: first.visible_at,
              count: first.receive_count,
            }
          : null,
    };
  }

  /** Called whenever something was put in or may go again. Returns how to stop listening. */
  onWake(listener: () => void): () => void {
    this.#wakers.add(listener);
    return () => this.#wakers.delete(listener);
  }

  wake(): void {
    for (const waker of this.#wakers) waker();
  }

  #park(items: readonly ParkedItem[], now: number): void {
    const insert = this.#db.prepare(
      `INSERT INTO parked (source, detail_type, detail, code, message, traceback, parked_at)
       VALUES (?, ?, ?, ?, ?, ?, ?)`,
    );
    for (const { source, detailType, detail, code, message, traceback = null } of items) {
      insert.run(source, detailType, JSON.stringify(detail) ?? 'null', code, message, traceback, now);
    }
    this.#db.prepare('DELETE FROM parked WHERE id <= (SELECT max(id) FROM parked) - ?').run(this.#maxParked);
  }

  #count(sql: string): number {
    return (this.#db.prepare(sql).get() as { n: number }).n;
  }
}

function pauseLeft({ visible_at: visibleAt }: Pick<Row, 'visible_at'>, now: number): number {
  const left = visibleAt - now;
  return left > longestPauseMs ? 0 : Math.max(0, left);
}
