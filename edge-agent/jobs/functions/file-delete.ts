import type { JobFunction } from './job-function.ts';
import { recordingName } from './recording-name.ts';

/** Deletes a recording, and nothing but recordings. Off by default. */
export const fileDelete: JobFunction = {
  name: 'file.delete',
  async run(args, kwargs, { files }) {
    await files.recordings.remove(recordingName(this.name, args, kwargs, files), { keep: false });
    return true;
  },
};
