import { beforeEach, expect, test } from 'vitest';
import { startService, systemdRuns } from '#edge-agent/setup/start-service.ts';
import { type MemoryHost, memoryHost } from '#test/support/memory-host.ts';

let host: MemoryHost;
beforeEach(() => void (host = memoryHost()));
const clock = { now: () => 0, sleep: () => Promise.resolve() };
const unit = 'odoopbx-agent@acme_hq.service';

test('systemd runs where its folder is', () => {
  expect(systemdRuns(host)).toBe(false);
  host.put('/run/systemd/system/x', '');
  expect(systemdRuns(host)).toBe(true);
});

test('enables the instance, starts it anew, looks whether it lives', async () => {
  host.answer = (line) => (line.includes('is-active') ? 'active\n' : '');
  await startService('acme_hq', host, clock);
  expect(host.ran).toEqual([
    `systemctl enable ${unit}`,
    `systemctl restart ${unit}`,
    `systemctl is-active ${unit}`,
  ]);
});

test.each([
  ['enable', /systemctl enable .*: no such unit\. See journalctl -u odoopbx-agent@acme_hq/],
  ['restart', /systemctl restart .*: no such unit/],
])('%s that fails is told', async (verb, message) => {
  host.answer = (line) => (line.includes(verb) ? { code: 1, stderr: 'no such unit\n' } : '');
  await expect(startService('acme_hq', host, clock)).rejects.toThrow(message);
});

test('one that dies at once is told', async () => {
  host.answer = (line) => (line.includes('is-active') ? { code: 3, stdout: 'failed\n' } : '');
  await expect(startService('acme_hq', host, clock)).rejects.toThrow(/did not stay up \(failed\)/);
});
