import { randomUUID } from 'node:crypto';
import type { Random } from '#core/ports/random.ts';

/** `fraction` is for jitter, not for secrets. */
export const systemRandom: Random = { fraction: Math.random, uuid: () => randomUUID() };
