import { describe, expect, it } from 'vitest';
import { changesOf, debianChangelog, wrap } from '#scripts/package/changelog.ts';

const text = `# Changelog

## Unreleased
### Added
- What is not
  out yet.

## [0.2.0] - 2026-01-01
### Added
- One thing, that goes
  over two lines.
- Another.

### Fixed
- A third.

## 0.1.0
- The first.
`;

describe('the changes of a version', () => {
  it('are the bullets of its own section, each one line', () => {
    expect(changesOf(text, '0.2.0')).toEqual([
      'One thing, that goes over two lines.',
      'Another.',
      'A third.',
    ]);
    expect(changesOf(text, '0.1.0')).toEqual(['The first.']);
  });
  it('are those not released yet while it has no section', () => {
    expect(changesOf(text, '0.3.0')).toEqual(['What is not out yet.']);
  });
  it('are none in an empty file', () => {
    expect(changesOf('', '1.0.0')).toEqual([]);
  });
});

it('writes them as Debian wants a changelog', () => {
  const entry = debianChangelog({
    version: '0.2.0-1',
    maintainer: 'A Person <a@example.org>',
    epoch: 1_767_225_600,
    changes: [`${'word '.repeat(30)}end`, 'short'],
  });
  expect(entry.split('\n')).toEqual([
    'odoopbx-agent (0.2.0-1) stable; urgency=medium',
    '',
    `  * ${'word '.repeat(14)}word`.slice(0, 4 + 74).trimEnd(),
    expect.stringMatching(/^ {4}word/),
    expect.stringMatching(/^ {4}word.*end$|^ {4}end$/),
    '  * short',
    '',
    ' -- A Person <a@example.org>  Thu, 01 Jan 2026 00:00:00 +0000',
    '',
  ]);
});

it('breaks lines at spaces and leaves a long word whole', () => {
  expect(wrap('a bc def', 4)).toEqual(['a bc', 'def']);
  expect(wrap('abcdefgh i', 4)).toEqual(['abcdefgh', 'i']);
});
