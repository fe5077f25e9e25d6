import { describe, expect, it } from 'vitest';
import type { PbxDirectory } from '#core/ports/pbx-directory.ts';
import { agentStatus } from '#test/support/agent-statuses.ts';

/** The PBXs that the directory under test must know: name and key hashes, nothing seen yet. */
export interface DirectorySeed {
  readonly pbx: string;
  readonly keyHashes: readonly string[];
}

type Make = (pbxs: readonly DirectorySeed[]) => PbxDirectory | Promise<PbxDirectory>;

const current = '1'.repeat(64);
const rotated = '2'.repeat(64);
const lab = '3'.repeat(64);
const seed: readonly DirectorySeed[] = [
  { pbx: 'acme_hq', keyHashes: [current, rotated] },
  { pbx: 'acme_lab', keyHashes: [lab] },
];

/** What every PbxDirectory keeps to. */
export function describePbxDirectory(name: string, make: Make): void {
  describe(`PbxDirectory: ${name}`, () => {
    it('finds a PBX by either of two keys, and by its id', async () => {
      const directory = await make(seed);
      expect((await directory.findByKeyHash(current))?.pbx).toBe('acme_hq');
      expect((await directory.findByKeyHash(rotated))?.pbx).toBe('acme_hq');
      expect((await directory.findByKeyHash(lab))?.pbx).toBe('acme_lab');
      expect(await directory.findByKeyHash('4'.repeat(64))).toBeUndefined();
      expect(await directory.find('acme_other')).toBeUndefined();
      expect(await directory.find('acme_hq')).toEqual({
        pbx: 'acme_hq',
        keyHashes: [current, rotated],
        instanceUid: null,
        lastSeen: null,
        status: null,
      });
    });

    it('pins the first instance and keeps it', async () => {
      const directory = await make(seed);
      expect(await directory.pinInstance('acme_hq', 'production')).toBe('production');
      expect(await directory.pinInstance('acme_hq', 'staging')).toBe('production');
      expect((await directory.find('acme_hq'))?.instanceUid).toBe('production');
      expect((await directory.find('acme_lab'))?.instanceUid).toBeNull();
    });

    it('pins one instance when two come at the same time', async () => {
      const directory = await make(seed);
      const pinned = await Promise.all([
        directory.pinInstance('acme_hq', 'production'),
        directory.pinInstance('acme_hq', 'staging'),
      ]);
      expect(new Set(pinned).size).toBe(1);
    });

    it('records a status and returns the one before', async () => {
      const directory = await make(seed);
      const first = agentStatus('acme_hq', 1000);
      const second = agentStatus('acme_hq', 1060, { rulesVersion: null });
      expect(await directory.recordStatus(first)).toBeNull();
      expect(await directory.recordStatus(second)).toEqual(first);
      const record = await directory.find('acme_hq');
      expect(record?.status).toEqual(second);
      expect(record?.lastSeen).toBe(1060);
    });

    it('keeps the newer status when an older one comes late', async () => {
      const directory = await make(seed);
      const newer = agentStatus('acme_hq', 1060);
      await directory.recordStatus(newer);
      expect(await directory.recordStatus(agentStatus('acme_hq', 1000))).toEqual(newer);
      const record = await directory.find('acme_hq');
      expect(record?.status).toEqual(newer);
      expect(record?.lastSeen).toBe(1060);
    });
  });
}
