import { expect, test } from 'vitest';
import { proxySettings } from '#edge-agent/cloud/proxy-settings.ts';

test.each([
  ['nothing', undefined, {}, {}],
  ['capitals', undefined, { HTTPS_PROXY: 'http://a:1', NO_PROXY: '.b' }, { HTTPS_PROXY: 'http://a:1/', NO_PROXY: '.b' }],
  ['small letters first', undefined, { https_proxy: 'http://a:1', HTTPS_PROXY: 'http://b:1' }, { HTTPS_PROXY: 'http://a:1/' }],
  ['one without a scheme', undefined, { HTTPS_PROXY: 'user:pw@a:3128' }, { HTTPS_PROXY: 'http://user:pw@a:3128/' }],
  ['an empty one', undefined, { HTTPS_PROXY: ' ', https_proxy: '' }, {}],
  ['the configured one first', 'http://c:1', { HTTPS_PROXY: 'http://a:1', no_proxy: 'b' }, { HTTPS_PROXY: 'http://c:1', NO_PROXY: 'b' }],
  ['none at all', false, { HTTPS_PROXY: 'http://a:1' }, {}],
] as const)('%s', (_name, configured, env, settings) => {
  expect(proxySettings(configured, env)).toEqual(settings);
}); // prettier-ignore

test.each(['socks5://user:hunter2@a:1', 'http://'])('refuses %s, and does not show it', (proxy) => {
  expect(() => proxySettings(undefined, { HTTPS_PROXY: proxy })).toThrow(
    expect.objectContaining({ code: 'CONFIG_INVALID', message: expect.not.stringContaining('hunter2') }),
  );
});
