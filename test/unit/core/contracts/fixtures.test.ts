import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import type * as z from 'zod';
import { agentConfigureSchema } from '#core/contracts/agent-configure.ts';
import { agentStatusSchema } from '#core/contracts/agent-status.ts';
import { amiBatchSchema } from '#core/contracts/ami-batch.ts';
import { doorRequestSchema } from '#core/contracts/door-request.ts';
import { gatewayAnswerSchema, gatewayBatchSchema } from '#core/contracts/gateway.ts';
import { jobSchema } from '#core/contracts/job.ts';
import { jobResultSchema } from '#core/contracts/job-result.ts';
import { ruleSchema } from '#core/contracts/rule.ts';
import { uploadAddressSchema, uploadProgressSchema } from '#core/contracts/upload.ts';

/*
 * The files under core/contracts/fixtures/v1 are FROZEN: they are messages that agents, queues and archives in
 * the field hold. When a change of a schema makes one of these tests fail, the change breaks v1: make it
 * compatible, or start v2 beside it. Never edit a fixture to make a test pass.
 */
const folder = new URL('../../../../core/contracts/fixtures/v1/', import.meta.url);
const schemas: Record<string, z.ZodType> = {
  'agent-configure.json': agentConfigureSchema,
  'agent-status.json': agentStatusSchema,
  'ami-batch.json': amiBatchSchema,
  'door-request.json': doorRequestSchema,
  'gateway-answer.json': gatewayAnswerSchema,
  'gateway-batch.json': gatewayBatchSchema,
  'job-result.json': jobResultSchema,
  'job.json': jobSchema,
  'rule.json': ruleSchema,
  'upload-address.json': uploadAddressSchema,
  'upload-progress.json': uploadProgressSchema,
};
const read = (name: string): unknown => JSON.parse(readFileSync(new URL(name, folder), 'utf8'));

test.each(Object.entries(schemas))('%s parses and loses nothing', (name, schema) => {
  expect(schema.parse(read(name))).toEqual(read(name));
});

test('the envelope of OdooPBX 3.5 parses: a bare dict as args, false for what is unset', () => {
  const body = read('door-request-3.5.json') as Record<string, unknown>;
  expect(doorRequestSchema.parse(body)).toEqual({
    ...body,
    args: [body['args']],
    res_notify_uid: undefined,
    callback_style: 'keyword',
  });
});

test('every fixture is checked', () => {
  const checked = [...Object.keys(schemas), 'door-request-3.5.json'];
  expect(readdirSync(folder).filter((name) => name.endsWith('.json'))).toEqual(
    expect.arrayContaining(checked),
  );
  // Fixtures of the rule language live beside these and are checked by its own tests.
  for (const name of checked) expect(JSON.stringify(read(name)).length).toBeGreaterThan(2);
});
