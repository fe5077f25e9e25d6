import { expect, it } from 'vitest';
import { debTools, hasProgram, requireTools } from '#scripts/package/tools.ts';

it('says at once what is missing and which packages bring it', () => {
  const tools = [...debTools('arm64'), ['sh', 'dash'] as const];
  expect(() => requireTools(tools, '/nowhere')).toThrow(
    /dpkg-deb, tar, npm, aarch64-linux-gnu-strip, aarch64-linux-gnu-readelf, sh.*apt-get install dpkg tar npm binutils-aarch64-linux-gnu dash$/,
  );
  expect(() => requireTools([['sh', 'dash']], '/nowhere:/bin')).not.toThrow();
});

it('takes only what can be run', () => {
  expect(hasProgram('passwd', '/etc')).toBe(false);
});
