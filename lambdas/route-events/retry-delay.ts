const firstSeconds = 5;
const longestSeconds = 900;

/**
 * Seconds until a message is looked at again: 5 s at its first receive, doubling up to 15 min, with a jitter of a
 * quarter (`fraction` in [0, 1)) so that tenants on one server do not come back together. A longer `Retry-After`
 * wins, up to the same 15 min.
 */
export function retryDelaySeconds(receiveCount: number, fraction: number, retryAfter = 0): number {
  const grown = firstSeconds * 2 ** Math.min(Math.max(receiveCount, 1) - 1, 10);
  const jittered = Math.min(grown, longestSeconds) * (0.75 + fraction / 2);
  return Math.min(Math.max(Math.round(jittered), firstSeconds, retryAfter), longestSeconds);
}
