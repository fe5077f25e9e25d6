import { expect, it } from 'vitest';
import { debianCopyright } from '#scripts/package/copyright.ts';
import { holdersIn, readPart, type Part } from '#scripts/package/licences.ts';
import { checkout } from '#scripts/package/product.ts';

const part = (over: Partial<Part>): Part => ({
  path: 'node_modules/x/*',
  name: 'x',
  version: '1.0.0',
  license: 'MIT',
  text: 'MIT License\n\nCopyright (c) 2020 Ada Example\n\nPermission is granted.',
  notice: '',
  ...over,
});

it('names who holds the copyright, and no example of a licence', () => {
  const text = `Copyright (c) 2020 Ada. All rights reserved.
 * Copyright 1999-2001, Bob <bob@example.org>
The copyright holder may do this.
Copyright [yyyy] [name of copyright owner]
Copyright © Eve
Copyright (c) 2020 Ada`;
  expect(holdersIn(text)).toEqual(['2020 Ada', '1999-2001, Bob <bob@example.org>', 'Eve']);
});

it('has a paragraph for each part, and each licence text once', () => {
  const text = debianCopyright('LGPL-3.0-or-later', [
    part({ name: 'x' }),
    part({ name: 'y', path: 'node_modules/y/*' }),
    part({ name: 'z', path: 'node_modules/z/*', text: 'Other words\nCopyright (c) Zoe' }),
  ]);
  expect(text.match(/^Files: .*/gm)).toEqual([
    'Files: *',
    'Files: node_modules/x/*',
    'Files: node_modules/y/*',
    'Files: node_modules/z/*',
  ]);
  expect(text.match(/Permission is granted/g)).toHaveLength(1);
  expect(text).toContain('Copyright: 2020 Ada Example\n');
  expect(text).toContain('Copyright: Zoe\n');
  // Every licence that a paragraph names has its text, and the other way round.
  const named = new Set(text.match(/(?<=^License: ).*/gm));
  const [, ...paragraphs] = text.split('\n\n');
  const explained = paragraphs.flatMap((p) => /^License: (.*)\n/.exec(p)?.[1] ?? []);
  expect(new Set(explained)).toEqual(named);
});

it('refers to the texts that every Debian has, and keeps the notice that Apache asks for', () => {
  const notice = 'The thing\n\nby its makers';
  const text = debianCopyright('LGPL-3.0-or-later', [
    part({ license: 'Apache-2.0', text: 'Apache…', notice }),
  ]);
  expect(text).toContain('/usr/share/common-licenses/Apache-2.0');
  expect(text).toContain('/usr/share/common-licenses/LGPL-3');
  expect(text).toContain(' The thing\n .\n by its makers');
  expect(text).not.toContain('Apache…');
});

it('says so where a package brings no text', () => {
  expect(debianCopyright('LGPL-3.0-or-later', [part({ text: '' })])).toContain(
    'As x says in its package.json: MIT.',
  );
});

it('reads a package of this checkout', () => {
  const zod = readPart(checkout, 'node_modules/zod');
  expect(zod).toMatchObject({ path: 'node_modules/zod/*', name: 'zod', license: 'MIT' });
  expect(zod.text).toMatch(/Permission is hereby granted/);
});
