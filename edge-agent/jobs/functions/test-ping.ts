import type { JobFunction } from './job-function.ts';

/** Answers `true`, as OdooPBX's own agent does: the whole way from Odoo to the agent and back works. */
export const testPing: JobFunction = {
  name: 'test.ping',
  run: () => Promise.resolve(true),
};
