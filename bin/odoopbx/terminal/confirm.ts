import { OdoopbxError } from '#core/errors/odoopbx-error.ts';
import type { Context } from '../context.ts';

/**
 * Asks before something that can not be taken back. Without a terminal nobody can answer: then --yes is needed
 * (CONFIG_INVALID).
 */
export async function confirmed(
  { world, output }: Pick<Context, 'world' | 'output'>,
  question: string,
  yes: boolean | undefined,
): Promise<boolean> {
  if (yes) return true;
  if (!world.stdin.isTTY || output.json) {
    throw new OdoopbxError(
      'CONFIG_INVALID',
      `${question} Nothing was done: say --yes where nobody can answer.`,
    );
  }
  output.end();
  const answer = await world.stdin.readLine(`${question} [y/N] `);
  if (/^y(es)?$/i.test(answer.trim())) return true;
  output.note('Nothing was done.');
  return false;
}
