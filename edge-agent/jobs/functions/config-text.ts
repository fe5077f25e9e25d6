import { createHash } from 'node:crypto';
import type { Json } from '#core/contracts/job.ts';
import { OdoopbxError } from '#core/errors/odoopbx-error.ts';
import { badArguments } from './job-function.ts';

/** Of one configuration file; a job that brings one is smaller (maxJobBytes). */
export const maxConfigBytes = 1_000_000;

const suffix = '.conf';

/** The name of a configuration file, relative to the folder. Throws JOB_BAD_ARGUMENTS for anything but `….conf`. */
export function configName(fun: string, value: Json | undefined): string {
  if (typeof value !== 'string' || value === '') throw badArguments(fun, 'name a file: args ["pjsip.conf"]');
  if (!value.endsWith(suffix))
    throw badArguments(fun, `${JSON.stringify(value.slice(0, 200))} is no .conf file`);
  return value;
}

/** A file's content as it is written. Throws JOB_BAD_ARGUMENTS. */
export function configContent(fun: string, name: string, value: Json | undefined): Uint8Array {
  if (typeof value !== 'string') throw badArguments(fun, `the content of ${name} must be text`);
  if (value.includes('\0') || !value.isWellFormed())
    throw badArguments(fun, `the content of ${name} is no text`);
  const content = Buffer.from(value, 'utf8');
  if (content.length > maxConfigBytes) {
    throw badArguments(fun, `${name} would have ${content.length} bytes; ${maxConfigBytes} is the most`);
  }
  return content;
}

/** Throws FILE_REFUSED for what would not come back as it went: text in another encoding. */
export function textOf(name: string, content: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(content);
  } catch (error) {
    throw new OdoopbxError('FILE_REFUSED', `${name} is refused: it is not UTF-8`, { cause: error });
  }
}

export function hashOf(content: Uint8Array): string {
  return createHash('sha256').update(content).digest('hex');
}
