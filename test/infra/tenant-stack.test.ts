import { describe, expect, test } from 'vitest';
import { fleetSchema } from '#core/fleet/fleet.ts';
import { exampleFleet, propertiesOf, resourcesOf, synthFleet } from './synth-fleet.ts';

const fleet = exampleFleet();
const { templates, layerFile } = synthFleet(fleet, { checks: false });
const acme = templates.get('odoopbx-tenant-acme');
const globex = templates.get('odoopbx-tenant-globex');

function environmentOf(template: typeof acme): Record<string, unknown> {
  const { Environment } = propertiesOf(template, 'AWS::Lambda::Function') as {
    Environment: { Variables: Record<string, unknown> };
  };
  return Environment.Variables;
}

test("what the tenant's PBXs say goes to its inbox; what can not get there, to a queue", () => {
  expect(propertiesOf(acme, 'AWS::Events::Rule')).toMatchObject({
    Name: 'odoopbx-inbox-acme',
    EventBusName: 'odoopbx',
    State: 'ENABLED',
    EventPattern: { source: [{ prefix: 'pbx.acme_' }] },
    Targets: [
      {
        Arn: { 'Fn::GetAtt': [expect.stringMatching(/^InboxQueue/), 'Arn'] },
        SqsParameters: { MessageGroupId: 'acme' },
        DeadLetterConfig: { Arn: { 'Fn::GetAtt': [expect.stringMatching(/^UndeliveredQueue/), 'Arn'] } },
        RetryPolicy: { MaximumEventAgeInSeconds: 86_400, MaximumRetryAttempts: 185 },
      },
    ],
  });
  const name = (id: string) => (propertiesOf(acme, 'AWS::SQS::Queue', id) as { QueueName: string }).QueueName;
  expect(name('Inbox')).toBe('odoopbx-inbox-acme.fifo');
  expect(name('Parked')).toBe('odoopbx-parked-acme.fifo');
  expect(name('Undelivered')).toBe('odoopbx-undelivered-acme');
  expect(propertiesOf(acme, 'AWS::SQS::Queue', 'Inbox')).toMatchObject({
    FifoQueue: true,
    ContentBasedDeduplication: true,
  });
});

test('route-events gets ten messages at a time and tells which ones failed', () => {
  expect(propertiesOf(acme, 'AWS::Lambda::EventSourceMapping')).toMatchObject({
    EventSourceArn: { 'Fn::GetAtt': [expect.stringMatching(/^InboxQueue/), 'Arn'] },
    BatchSize: 10,
    FunctionResponseTypes: ['ReportBatchItemFailures'],
  });
});

test('route-events is told who it works for, where, and with which logins', () => {
  const { ODOO, ...rest } = environmentOf(acme);
  expect(rest).toEqual({
    NODE_OPTIONS: '--enable-source-maps',
    PLATFORM: 'odoopbx',
    TENANT: 'acme',
    JOBS_TABLE: 'odoopbx-jobs',
    PBX_TABLE: 'odoopbx-pbx',
    JOB_QUEUE_URL_BASE: {
      'Fn::Join': [
        '',
        ['https://sqs.eu-central-1.', { Ref: 'AWS::URLSuffix' }, '/123456789012/odoopbx-jobs-'],
      ],
    },
    INBOX_URL: { Ref: expect.stringMatching(/^InboxQueue/) },
    PARKED_URL: { Ref: expect.stringMatching(/^ParkedQueue/) },
  });
  expect(JSON.parse(String(ODOO))).toEqual({
    url: 'https://odoo.acme.example',
    db: 'acme',
    login: 'pbx',
    timeoutSeconds: 60,
    allowPrivateAddress: false,
    allowHttp: false,
    logins: { berlin: 'pbx-berlin' },
  });
});

describe('times', () => {
  const withTimeout = (timeoutSeconds: number) => {
    const odoo = { url: 'https://a.example', db: 'a', login: 'pbx', timeoutSeconds };
    const one = fleetSchema.parse({
      platform: { region: 'eu-central-1' },
      tenants: { acme: { odoo, pbxs: { hq: null } } },
    });
    const template = synthFleet(one, { checks: false }).templates.get('odoopbx-tenant-acme');
    const { Timeout } = propertiesOf(template, 'AWS::Lambda::Function') as { Timeout: number };
    const { VisibilityTimeout } = propertiesOf(template, 'AWS::SQS::Queue', 'Inbox') as {
      VisibilityTimeout: number;
    };
    return { Timeout, VisibilityTimeout };
  };

  test.each([35, 60, 240])(
    'three calls of %i s fit into the function, the function into the visibility',
    (s) => {
      const { Timeout, VisibilityTimeout } = withTimeout(s);
      expect(Timeout).toBeGreaterThanOrEqual(3 * (s + 2));
      expect(Timeout).toBeLessThanOrEqual(900);
      expect(VisibilityTimeout).toBeGreaterThan(Timeout);
    },
  );
});

describe('rules of fleet.yaml', () => {
  test('go to route-events as a file in a layer', () => {
    expect(environmentOf(globex)).toMatchObject({ FLEET_FILE: '/opt/fleet.json' });
    expect(propertiesOf(globex, 'AWS::Lambda::Function')).toMatchObject({
      Layers: [{ Ref: expect.stringMatching(/^RulesLayer/) }],
    });
    expect(layerFile('globex')).toEqual({ rules: fleet.tenants['globex']!.rules });
  });

  test('make no layer where there are none', () => {
    expect(environmentOf(acme)).not.toHaveProperty('FLEET_FILE');
    expect(resourcesOf(acme, 'AWS::Lambda::LayerVersion')).toEqual([]);
    expect(layerFile('acme')).toBeUndefined();
  });
});

test('alarms tell of a dead Odoo, of parked and lost messages, of a failing function, of silent agents', () => {
  const watched = resourcesOf(acme, 'AWS::CloudWatch::Alarm').map(([, { Properties }]) => {
    const { AlarmName, MetricName, Threshold, Dimensions } = Properties as {
      AlarmName: string;
      MetricName: string;
      Threshold: number;
      Dimensions: { Name: string }[];
    };
    return [AlarmName, MetricName, Threshold, Dimensions.map(({ Name }) => Name)];
  });
  expect(watched).toEqual([
    ['odoopbx-tenant-acme-inbox-age', 'ApproximateAgeOfOldestMessage', 900, ['QueueName']],
    ['odoopbx-tenant-acme-parked', 'ApproximateNumberOfMessagesVisible', 0, ['QueueName']],
    ['odoopbx-tenant-acme-undelivered', 'ApproximateNumberOfMessagesVisible', 0, ['QueueName']],
    ['odoopbx-tenant-acme-errors', 'Errors', 0, ['FunctionName']],
    ['odoopbx-tenant-acme-throttles', 'Throttles', 0, ['FunctionName']],
    ['odoopbx-tenant-acme-agents-silent', 'AgentsSilent', 0, ['platform', 'tenant']],
  ]);
});

test('logins that outgrow the environment of a function are refused by name', () => {
  const pbxs = Object.fromEntries(
    Array.from({ length: 100 }, (_, index) => [
      `pbx-${index}`,
      { odoo: { login: `user-${index}-of-the-pbx` } },
    ]),
  );
  const odoo = { url: 'https://a.example', db: 'a', login: 'pbx' };
  const tooMany = fleetSchema.parse({
    platform: { region: 'eu-central-1' },
    tenants: { acme: { odoo, pbxs } },
  });
  expect(() => synthFleet(tooMany, { checks: false })).toThrow(
    /tenants\.acme: the logins of its PBXs take more/,
  );
});
