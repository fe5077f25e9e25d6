import { expect, it } from 'vitest';
import { debianVersion } from '#scripts/package/debian-version.ts';
import { dependsOf } from '#scripts/package/depends.ts';

const readelf = (library: string, symbols: string): string => `
 0x0000000000000001 (NEEDED)             Shared library: [${library}]
 0x0000000000000001 (NEEDED)             Shared library: [libc.so.6]
  0x0010:   Name: GLIBC_2.4  Flags: none  Version: 9
  0x0020:   Name: GLIBC_2.28  Flags: none  Version: 8
  0x0030:   Name: ${symbols}  Flags: none  Version: 7
`;

it('asks for the newest symbols that a program uses, as numbers and not as text', () => {
  expect(dependsOf(readelf('libm.so.6', 'GLIBC_2.17'))).toEqual(['libc6 (>= 2.28)']);
  expect(dependsOf(readelf('libstdc++.so.6', 'GLIBCXX_3.4.9'))).toContain('libstdc++6 (>= 5)');
  expect(dependsOf(readelf('libstdc++.so.6', 'GLIBCXX_3.4.29'))).toContain('libstdc++6 (>= 11)');
});

it('refuses what it can not name', () => {
  expect(() => dependsOf(readelf('libatomic.so.1', 'X'))).toThrow('libatomic.so.1');
  expect(() => dependsOf(readelf('libstdc++.so.6', 'GLIBCXX_3.4.99'))).toThrow('GLIBCXX_3.4.99');
});

it.each([
  ['0.1.0', 1, '0.1.0-1'],
  ['0.2.0-rc.1', 3, '0.2.0~rc.1-3'],
  ['1.0.0-beta-2+build.5', 1, '1.0.0~beta.2-1'],
])('version %s, revision %i is %s in Debian', (version, revision, expected) => {
  expect(debianVersion(version, revision)).toBe(expected);
});
