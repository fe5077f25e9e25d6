import { openStore } from '#standalone/store/store.ts';
import { systemClock } from '#edge-agent/system-clock.ts';
import { describeJobSource } from './job-source.ts';
import { describeJobStore } from './job-store.ts';
import { describePbxDirectory } from './pbx-directory.ts';

const fresh = () => openStore(':memory:', systemClock);

describeJobStore('SQLite of standalone', () => fresh().jobs);

describePbxDirectory('SQLite of standalone', (pbxs) => {
  const { directory } = fresh();
  for (const { pbx, keyHashes } of pbxs) directory.setKeys(pbx, keyHashes);
  return directory;
});

describeJobSource('SQLite of standalone', async () => {
  const { queue } = fresh();
  let sent = 0;
  return {
    source: queue.sourceOf('acme_hq'),
    send: async (body) => queue.sendBody('acme_hq', `job-${sent++}`, body),
    redeliver: async () => queue.release(),
  };
});
