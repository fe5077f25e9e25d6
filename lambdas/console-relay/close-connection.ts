import { messageOf } from '#core/errors/odoopbx-error.ts';
import type { RelayDeps } from './relay-deps.ts';

/** Closes it where that is possible: nothing that it sends counts any more in any case. Never rejects. */
export async function closeConnection(
  connection: string,
  { connections, logger }: Pick<RelayDeps, 'connections' | 'logger'>,
): Promise<void> {
  try {
    await connections.close(connection);
  } catch (error) {
    logger.warn('a connection could not be closed', { cause: messageOf(error) });
  }
}
