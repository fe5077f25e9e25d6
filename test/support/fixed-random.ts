import type { Random } from '#core/ports/random.ts';

/** `fraction` is always the same; UUIDs count up, so that a test can name them. */
export function fixedRandom(fraction = 0.5): Random {
  let count = 0;
  return {
    fraction: () => fraction,
    uuid: () => {
      count += 1;
      return `00000000-0000-4000-8000-${String(count).padStart(12, '0')}`;
    },
  };
}
