import { expect, test } from 'vitest';
import { createPinoLogger } from '#edge-agent/pino-logger.ts';

function logger(level: 'debug' | 'info') {
  const lines: Record<string, unknown>[] = [];
  const stream = { write: (line: string) => void lines.push(JSON.parse(line) as Record<string, unknown>) };
  return { log: createPinoLogger({ level, stream }), lines };
}

test('writes JSON lines with a level in words and an ISO time', () => {
  const { log, lines } = logger('info');
  log.info('job finished', { jobId: 'job-1', status: 'done' });
  log.debug('not written');
  log.warn('no fields');
  expect(lines).toEqual([
    { level: 'info', time: expect.stringMatching(/^\d{4}-.*Z$/), msg: 'job finished', jobId: 'job-1', status: 'done' },
    { level: 'warn', time: expect.any(String), msg: 'no fields' },
  ]); // prettier-ignore
});

test('never writes a secret, at the top or one level down', () => {
  const { log, lines } = logger('debug');
  log.error('x', { secret: 'hunter2', events: { secret: 'hunter2', username: 'e' }, headers: { 'x-api-key': 'hunter2' }, password: 'hunter2' }); // prettier-ignore
  expect(JSON.stringify(lines)).not.toContain('hunter2');
  expect(lines[0]).toMatchObject({ secret: '***', events: { secret: '***', username: 'e' } });
});
