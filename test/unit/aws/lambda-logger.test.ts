import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { createLambdaLogger, type LambdaContext } from '#aws/lambda-logger.ts';

let lines: Record<string, unknown>[] = [];

beforeEach(() => {
  lines = [];
  // Powertools writes by a console of its own unless it is told to use the one of Node.
  vi.stubEnv('POWERTOOLS_DEV', 'true');
  for (const level of ['debug', 'info', 'warn', 'error'] as const) {
    vi.spyOn(console, level).mockImplementation((line: string) => {
      lines.push(JSON.parse(line) as Record<string, unknown>);
    });
  }
});

afterEach(() => {
  vi.unstubAllEnvs();
  vi.restoreAllMocks();
});

it('writes a line of JSON with the level, the function and the fields', () => {
  createLambdaLogger({ service: 'sweep' }).warn('a PBX has fallen silent', { pbx: 'acme_hq' });
  expect(lines).toEqual([
    expect.objectContaining({
      level: 'WARN',
      service: 'sweep',
      message: 'a PBX has fallen silent',
      pbx: 'acme_hq',
      timestamp: expect.any(String),
    }),
  ]);
});

it('keeps to the level it is given, in any case', () => {
  const logger = createLambdaLogger({ service: 'sweep', level: 'warn' });
  logger.info('not this');
  logger.error('this');
  expect(lines.map(({ message }) => message)).toEqual(['this']);
});

it('never writes what stands in the field of a secret', () => {
  createLambdaLogger({ service: 'enroll-agent' }).error('failed', {
    password: 'hunter2',
    nested: { apiKey: 'k' },
  });
  expect(JSON.stringify(lines)).not.toContain('hunter2');
  expect(lines[0]).toMatchObject({ password: '***', nested: { apiKey: '***' } });
});

it('drops no field that is named like one of its own', () => {
  createLambdaLogger({ service: 'route-events' }).error('parked', {
    message: 'm-1',
    service: 's',
    code: 'C',
  });
  expect(lines).toEqual([
    expect.objectContaining({
      message: 'parked',
      message_: 'm-1',
      service: 'route-events',
      service_: 's',
      code: 'C',
    }),
  ]);
});

it('says which request it was', () => {
  const logger = createLambdaLogger({ service: 'sweep' });
  logger.begin({ awsRequestId: 'request-1', functionName: 'odoopbx-sweep' } as LambdaContext);
  logger.info('swept');
  expect(lines[0]).toMatchObject({ function_request_id: 'request-1', function_name: 'odoopbx-sweep' });
});
