/*
 * Between the pseudo-terminal and the session: output that comes in small pieces is sent in fewer, larger ones.
 *
 * The first piece after a silence goes at once, so that a typed key is echoed without delay; what follows within
 * the delay goes together.
 */
import type { Clock } from '#core/ports/clock.ts';

export interface OutputGate {
  push(bytes: Uint8Array): void;
  /** Sends what waits. */
  flush(): void;
}

const delayMs = 20;

export function createOutputGate(
  clock: Clock,
  maxBytes: number,
  send: (bytes: Uint8Array) => void,
): OutputGate {
  let parts: Uint8Array[] = [];
  let size = 0;
  let sentAt = Number.NEGATIVE_INFINITY;
  let isDue = false;

  function flush(): void {
    if (size === 0) return;
    const bytes = parts.length === 1 && parts[0] ? parts[0] : Buffer.concat(parts);
    parts = [];
    size = 0;
    sentAt = clock.now();
    send(bytes);
  }

  async function flushLater(pauseMs: number): Promise<void> {
    await clock.sleep(pauseMs);
    isDue = false;
    flush();
  }

  return {
    flush,
    push(bytes) {
      parts.push(bytes);
      size += bytes.length;
      const sinceMs = clock.now() - sentAt;
      if (size >= maxBytes || sinceMs >= delayMs || sinceMs < 0) flush();
      else if (!isDue) {
        isDue = true;
        void flushLater(delayMs - sinceMs);
      }
    },
  };
}
