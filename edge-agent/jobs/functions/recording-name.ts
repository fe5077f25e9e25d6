import type { Json } from '#core/contracts/job.ts';
import { badArguments, type JobFiles, type Kwargs } from './job-function.ts';

/**
 * The recording that a job names, relative to the folder: `args: [name]` or `kwargs: {name}`. The path that Asterisk
 * tells (MIXMONITOR_FILENAME) will do when it is below the folder. Throws JOB_BAD_ARGUMENTS.
 */
export function recordingName(fun: string, args: readonly Json[], kwargs: Kwargs, files: JobFiles): string {
  const given = args[0] ?? kwargs['name'];
  if (typeof given !== 'string' || given === '') {
    throw badArguments(fun, 'name a recording: args ["/var/spool/asterisk/monitor/call.wav"]');
  }
  if (!given.startsWith('/')) return given;
  for (const folder of [files.recordingsInAsterisk, files.recordings.path]) {
    const start = folder.endsWith('/') ? folder : `${folder}/`;
    if (given.startsWith(start)) return given.slice(start.length);
  }
  throw badArguments(fun, `${JSON.stringify(given.slice(0, 200))} is not in the folder of recordings`);
}
