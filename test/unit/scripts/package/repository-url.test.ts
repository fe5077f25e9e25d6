import { expect, it } from 'vitest';
import { repositoryUrl } from '#scripts/package/repository-url.ts';

it.each([
  ['https://packages.example.org/odoopbx/', 'https://packages.example.org/odoopbx'],
  ['https://example.org', 'https://example.org'],
  ['http://127.0.0.1:8000/x', 'http://127.0.0.1:8000/x'],
])('%s is an address', (text, expected) => {
  expect(repositoryUrl(text)).toBe(expected);
});

it.each([
  ['packages', 'must be an address'],
  ['http://example.org', 'must begin with https'],
  ['https://user:word@example.org', 'no user'],
  ['https://example.org/?x=1', 'no ?'],
  ["https://example.org/a'b", 'letters'],
  ['https://example.org/$(id)', 'letters'],
])('%s is refused', (text, message) => {
  // A quote or a parenthesis would be read by the shell that runs install.sh.
  expect(() => repositoryUrl(text)).toThrow(message);
});
