import type { LaunchOptions } from 'playwright-core';

/** Debian's Chromium, quiet on the network: a closed one slows it down. */
export const chromiumOptions: LaunchOptions & { executablePath: string } = {
  executablePath: '/usr/bin/chromium',
  args: [
    '--no-sandbox',
    '--disable-gpu',
    '--disable-quic',
    '--no-first-run',
    '--disable-background-networking',
    '--disable-component-update',
    '--disable-sync',
  ],
};
