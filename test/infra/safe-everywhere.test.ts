import { describe, expect, test } from 'vitest';
import { defaultCostInput, fleetCost } from '#core/fleet/cost.ts';
import { maxExpirySeconds } from '#core/jobs/create-job.ts';
import { exampleFleet, resourcesOf, type Statement, synthFleet } from './synth-fleet.ts';

const fleet = exampleFleet();
const synthesised = synthFleet(fleet, { checks: false });
const templates = [...synthesised.templates];
const allOf = (type: string) =>
  templates.flatMap(([stack, template]) =>
    resourcesOf(template, type).map(([id, resource]) => ({ ...resource, at: `${stack}/${id}` })),
  );

/** Every policy statement of every kind of policy, wherever it stands. */
function statementsIn(value: unknown): Statement[] {
  if (Array.isArray(value)) return value.flatMap(statementsIn);
  if (typeof value !== 'object' || value === null) return [];
  const own = 'Effect' in value && 'Action' in value ? [value as Statement] : [];
  return [...own, ...Object.values(value).flatMap(statementsIn)];
}
const listOf = (value: unknown): unknown[] => (Array.isArray(value) ? value : [value]);

describe('permissions', () => {
  const statements = templates.flatMap(([, template]) => statementsIn(template));

  test('no action is allowed by a wildcard', () => {
    const allowed = statements.filter(({ Effect }) => Effect === 'Allow');
    expect(allowed.length).toBeGreaterThan(40);
    expect(
      allowed.flatMap(({ Action }) => listOf(Action)).filter((one) => String(one).includes('*')),
    ).toEqual([]);
    expect(statements.filter((one) => 'NotAction' in one || 'NotResource' in one)).toEqual([]);
  });

  test('"*" as the resource only where AWS knows no other, and in the policy of a key about that key', () => {
    const actions = statements
      .filter(({ Effect, Resource }) => Effect === 'Allow' && listOf(Resource).includes('*'))
      .flatMap(({ Action }) => listOf(Action).map(String))
      .filter((action) => !action.startsWith('kms:'));
    expect([...new Set(actions)].toSorted()).toEqual([
      'iot:AttachThingPrincipal',
      'iot:CreateCertificateFromCsr',
      'iot:DescribeEndpoint',
      'iot:DetachThingPrincipal',
      'xray:PutTelemetryRecords',
      'xray:PutTraceSegments',
    ]);
  });

  test('nobody from outside the account is let in', () => {
    const principals = templates
      .flatMap(([, template]) => statementsIn(template))
      .filter(({ Effect }) => Effect === 'Allow')
      .flatMap((statement) => ('Principal' in statement ? [JSON.stringify(statement.Principal)] : []));
    expect([...new Set(principals)].toSorted()).toEqual([
      '{"AWS":"arn:aws:iam::123456789012:root"}',
      '{"Service":"cloudwatch.amazonaws.com"}',
      '{"Service":"credentials.iot.amazonaws.com"}',
      '{"Service":"events.amazonaws.com"}',
      '{"Service":"lambda.amazonaws.com"}',
    ]);
  });
});

describe('queues', () => {
  test('are encrypted, refuse what does not come by TLS, and have no redrive policy', () => {
    const policies = templates.flatMap(([, template]) => resourcesOf(template, 'AWS::SQS::QueuePolicy'));
    for (const { Properties, at } of allOf('AWS::SQS::Queue')) {
      expect(Properties, at).toMatchObject({ SqsManagedSseEnabled: true });
      expect(Properties, at).not.toHaveProperty('RedrivePolicy');
    }
    expect(policies).toHaveLength(allOf('AWS::SQS::Queue').length);
    for (const [id, policy] of policies) {
      const denied = statementsIn(policy).filter(({ Effect }) => Effect === 'Deny');
      expect(denied, id).toEqual([
        expect.objectContaining({
          Action: 'sqs:*',
          Principal: { AWS: '*' },
          Condition: { Bool: { 'aws:SecureTransport': 'false' } },
        }),
      ]);
    }
  });

  test('what waits for an Odoo is kept for 14 days and when the stack goes; jobs until their latest deadline', () => {
    const kept: string[] = [];
    for (const { Properties, DeletionPolicy, UpdateReplacePolicy } of allOf('AWS::SQS::Queue')) {
      const { QueueName, MessageRetentionPeriod } = Properties as {
        QueueName: string;
        MessageRetentionPeriod: number;
      };
      const isKept = /-(inbox|parked|undelivered)-/.test(QueueName);
      if (isKept) kept.push(QueueName);
      expect(DeletionPolicy, QueueName).toBe(isKept ? 'RetainExceptOnCreate' : 'Delete');
      expect(UpdateReplacePolicy, QueueName).toBe(isKept ? 'Retain' : 'Delete');
      const isJobs = QueueName.startsWith('odoopbx-jobs-');
      expect(MessageRetentionPeriod, QueueName).toBe(isJobs ? maxExpirySeconds : (isKept ? 14 : 4) * 86_400);
    }
    expect(kept).toHaveLength(9);
  });
});

test('tables and the archive stay when the stack goes; jobs and PBXs can be restored to a point in time', () => {
  const tables = allOf('AWS::DynamoDB::Table');
  expect(tables).toHaveLength(3);
  for (const { DeletionPolicy, UpdateReplacePolicy, Properties, at } of tables) {
    expect([DeletionPolicy, UpdateReplacePolicy], at).toEqual(['RetainExceptOnCreate', 'Retain']);
    expect(Properties, at).toMatchObject({
      BillingMode: 'PAY_PER_REQUEST',
      TimeToLiveSpecification: { AttributeName: 'ttl', Enabled: true },
    });
    const recovers = 'PointInTimeRecoverySpecification' in Properties;
    expect(recovers, at).toBe(!at.includes('Sessions'));
  }
  expect(allOf('AWS::Events::Archive')[0]).toMatchObject({ DeletionPolicy: 'RetainExceptOnCreate' });
});

test('functions: Node.js 24 on arm64, traced, JSON logs into a group of the days that fleet.yaml says', () => {
  const functions = allOf('AWS::Lambda::Function');
  expect(functions).toHaveLength(5 + Object.keys(fleet.tenants).length);
  for (const { Properties, at } of functions) {
    expect(Properties, at).toMatchObject({
      Runtime: 'nodejs24.x',
      Architectures: ['arm64'],
      Handler: 'index.handler',
      MemorySize: 256,
      TracingConfig: { Mode: 'Active' },
      LoggingConfig: { LogFormat: 'JSON', LogGroup: { Ref: expect.any(String) } },
      Environment: { Variables: { PLATFORM: 'odoopbx' } },
    });
  }
  const groups = allOf('AWS::Logs::LogGroup');
  expect(groups).toHaveLength(functions.length + 1);
  for (const { Properties, at } of groups) expect(Properties, at).toMatchObject({ RetentionInDays: 30 });
});

test('every alarm is told to the topic when it goes off and when it is over', () => {
  const alarms = allOf('AWS::CloudWatch::Alarm');
  const topic = 'arn:aws:sns:eu-central-1:123456789012:odoopbx-alarms';
  const tenants = Object.keys(fleet.tenants).length;
  expect(alarms).toHaveLength(10 + 6 * tenants);
  const billed = fleetCost({ ...defaultCostInput, events: 0, pbxs: 0, tenants }).lines;
  const billedAlarms = billed.filter(({ what }) => what === 'alarms');
  expect(billedAlarms.reduce((sum, { units }) => sum + units, 0)).toBe(alarms.length);
  for (const { Properties, at } of alarms) {
    expect(Properties, at).toMatchObject({ AlarmActions: [topic], OKActions: [topic] });
  }
  const names = alarms.map(({ Properties }) => (Properties as { AlarmName: string }).AlarmName);
  expect(new Set(names).size).toBe(names.length);
});

test('stacks know one another by name: no exports, no imports', () => {
  const text = JSON.stringify(templates);
  expect(text).not.toContain('Fn::ImportValue');
  expect(text).not.toContain('"Export"');
});

test('everything that can bear tags bears those of the platform, of its tenant and of fleet.yaml', () => {
  const tagsOf = (properties: Record<string, unknown>): Record<string, string> => {
    const tags = properties['Tags'] ?? [];
    if (!Array.isArray(tags)) return tags as Record<string, string>;
    return Object.fromEntries(
      (tags as { Key: string; Value: string }[]).map(({ Key, Value }) => [Key, Value]),
    );
  };
  for (const type of [
    'AWS::SQS::Queue',
    'AWS::Lambda::Function',
    'AWS::DynamoDB::Table',
    'AWS::Logs::LogGroup',
  ]) {
    for (const { Properties, at } of allOf(type)) {
      const tenant = /^odoopbx-tenant-(\w+)/.exec(at)?.[1];
      expect(tagsOf(Properties), at).toEqual({
        'odoopbx:platform': 'odoopbx',
        ...(tenant !== undefined && { 'odoopbx:tenant': tenant }),
        team: 'telephony',
        'cost-center': '4711',
      });
    }
  }
});

test('no template holds a secret or asks for one', () => {
  for (const [stack, template] of templates) {
    expect(JSON.stringify(template), stack).not.toMatch(/password|secretstring|resolve:s|api[_-]?key"/i);
  }
});

test('the stacks that others stand on can not be deleted by mistake', () => {
  expect(synthesised.terminationProtected('odoopbx-platform')).toBe(true);
  expect(synthesised.terminationProtected('odoopbx-api')).toBe(true);
});

test.each([
  [1, 1],
  [40, 60],
  [3650, 3653],
])(
  'logs of %i days are kept for %i: CloudWatch knows certain numbers, and none is shorter',
  (logDays, kept) => {
    const { templates: all } = synthFleet(
      { platform: { ...fleet.platform, logDays }, tenants: {} },
      { checks: false },
    );
    const groups = resourcesOf(all.get('odoopbx-platform'), 'AWS::Logs::LogGroup');
    for (const [id, { Properties }] of groups) expect(Properties['RetentionInDays'], id).toBe(kept);
  },
);

test('without tracing no function is traced, none may write traces, and the checks find nothing', () => {
  const platform = { ...fleet.platform, tracing: false };
  const { templates: all, findings } = synthFleet({ ...fleet, platform });
  const functions = [...all.values()].flatMap((one) => resourcesOf(one, 'AWS::Lambda::Function'));
  for (const [id, { Properties }] of functions) expect(Properties['TracingConfig'], id).toBeUndefined();
  expect(JSON.stringify([...all.values()])).not.toContain('xray:');
  expect(findings.filter(({ reason }) => reason === undefined)).toEqual([]);
});
