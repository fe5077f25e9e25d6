import { expect, test } from 'vitest';
import { ticketMint } from '#aws/ticket-mint.ts';
import { ticketSchema } from '#core/console/frames.ts';

test('a ticket is 256 bits that nobody had before, known by its hash', () => {
  const [one, two] = [ticketMint.make(), ticketMint.make()];
  expect(ticketSchema.safeParse(one).success).toBe(true);
  expect(one).not.toBe(two);
  expect(ticketMint.hashOf(one)).toMatch(/^[0-9a-f]{64}$/);
  expect(ticketMint.hashOf('abc')).toBe('ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad');
});
