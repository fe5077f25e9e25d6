import type { DatabaseSync } from 'node:sqlite';
import type { AgentStatus } from '#core/contracts/agent-status.ts';
import type { PbxId } from '#core/contracts/names.ts';
import type { PbxDirectory, PbxRecord } from '#core/ports/pbx-directory.ts';
import { transaction } from './database.ts';

interface PbxRow {
  pbx: string;
  key_hashes: string;
  instance_uid: string | null;
  last_seen: number | null;
  status: string | null;
}

function recordOf(row: PbxRow): PbxRecord {
  return {
    pbx: row.pbx,
    keyHashes: JSON.parse(row.key_hashes) as string[],
    instanceUid: row.instance_uid,
    lastSeen: row.last_seen,
    status: row.status === null ? null : (JSON.parse(row.status) as AgentStatus),
  };
}

/** What is known of the PBX; its keys come from the configuration at every start. */
export class SqlitePbxDirectory implements PbxDirectory {
  readonly #db: DatabaseSync;

  constructor(db: DatabaseSync) {
    this.#db = db;
  }

  setKeys(pbx: PbxId, keyHashes: readonly string[]): void {
    this.#db
      .prepare(
        'INSERT INTO pbx (pbx, key_hashes) VALUES (?, ?) ON CONFLICT (pbx) DO UPDATE SET key_hashes = excluded.key_hashes',
      )
      .run(pbx, JSON.stringify(keyHashes));
  }

  /** Lets another Odoo database be the one that may send jobs: the next that comes is pinned. */
  unpinInstance(pbx: PbxId): void {
    this.#db.prepare('UPDATE pbx SET instance_uid = NULL WHERE pbx = ?').run(pbx);
  }

  async findByKeyHash(sha256: string): Promise<PbxRecord | undefined> {
    const rows = this.#db.prepare('SELECT * FROM pbx').all() as unknown as PbxRow[];
    return rows.map((row) => recordOf(row)).find((record) => record.keyHashes.includes(sha256));
  }

  async find(pbx: PbxId): Promise<PbxRecord | undefined> {
    const row = this.#db.prepare('SELECT * FROM pbx WHERE pbx = ?').get(pbx) as PbxRow | undefined;
    return row === undefined ? undefined : recordOf(row);
  }

  async pinInstance(pbx: PbxId, instanceUid: string): Promise<string> {
    this.#db
      .prepare('UPDATE pbx SET instance_uid = ? WHERE pbx = ? AND instance_uid IS NULL')
      .run(instanceUid, pbx);
    const record = await this.find(pbx);
    if (record?.instanceUid === null || record?.instanceUid === undefined) throw new Error(`no PBX ${pbx}`);
    return record.instanceUid;
  }

  async recordStatus(status: AgentStatus): Promise<AgentStatus | null> {
    return transaction(this.#db, () => {
      const row = this.#db.prepare('SELECT * FROM pbx WHERE pbx = ?').get(status.pbx) as PbxRow | undefined;
      if (row === undefined) return null;
      const before = recordOf(row).status;
      if (before === null || status.at >= before.at) {
        this.#db
          .prepare('UPDATE pbx SET status = ?, last_seen = max(coalesce(last_seen, 0), ?) WHERE pbx = ?')
          .run(JSON.stringify(status), status.at, status.pbx);
      }
      return before;
    });
  }
}
