import { MemoryJobSource } from '#test/support/memory-job-source.ts';
import { describeJobSource } from './job-source.ts';

describeJobSource('in memory', async () => {
  const source = new MemoryJobSource();
  return {
    source,
    send: async (body) => void source.send(body),
    redeliver: async () => source.redeliver(),
  };
});
