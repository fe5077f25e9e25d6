import type { Uploader } from '#core/ports/uploader.ts';
import { openFileFolder } from '#edge-agent/files/file-folder.ts';
import type { JobFiles } from '#edge-agent/jobs/functions/job-function.ts';

/** For jobs that have nothing to do with files. */
export const noFiles: JobFiles = {
  configs: openFileFolder('/nonexistent/etc'),
  recordings: openFileFolder('/nonexistent/monitor'),
  recordingsInAsterisk: '/nonexistent/monitor',
};

export const noUploads: Uploader = {
  stage: () => Promise.reject(new Error('nothing is staged here')),
  upload: () => Promise.reject(new Error('nothing is uploaded here')),
  forget: async () => {},
  tidy: async () => {},
};
