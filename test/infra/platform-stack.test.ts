import { expect, test } from 'vitest';
import { openSessionsIndex } from '#aws/console-rows.ts';
import { exampleFleet, propertiesOf, resourcesOf, synthFleet } from './synth-fleet.ts';

const fleet = exampleFleet();
const { templates } = synthFleet(fleet, { checks: false });
const platform = templates.get('odoopbx-platform');

test('the bus keeps events and results for a replay, as many days as fleet.yaml says, but no statuses', () => {
  expect(propertiesOf(platform, 'AWS::Events::EventBus')).toMatchObject({ Name: 'odoopbx' });
  expect(propertiesOf(platform, 'AWS::Events::Archive')).toMatchObject({
    ArchiveName: 'odoopbx-archive',
    RetentionDays: 14,
    EventPattern: { source: [{ prefix: 'pbx.' }], 'detail-type': ['ami.batch.v1', 'job.result.v1'] },
  });
});

test('statuses go to agent-status; those that it can not take, to a queue that alarms', () => {
  expect(propertiesOf(platform, 'AWS::Events::Rule', 'AgentStatus')).toMatchObject({
    EventBusName: { Ref: expect.stringMatching(/^Bus/) },
    EventPattern: { source: [{ prefix: 'pbx.' }], 'detail-type': ['agent.status.v1'] },
    Targets: [
      {
        Arn: { 'Fn::GetAtt': [expect.stringMatching(/^agentstatusFunction/), 'Arn'] },
        DeadLetterConfig: { Arn: { 'Fn::GetAtt': [expect.stringMatching(/^UndeliveredStatuses/), 'Arn'] } },
        RetryPolicy: { MaximumEventAgeInSeconds: 300, MaximumRetryAttempts: 5 },
      },
    ],
  });
  expect(propertiesOf(platform, 'AWS::Lambda::Function', 'agentstatus')).toMatchObject({
    DeadLetterConfig: { TargetArn: { 'Fn::GetAtt': [expect.stringMatching(/^UndeliveredStatuses/), 'Arn'] } },
  });
  // Not the 6 hours that Lambda tries by itself: lastSeen is when a status is kept.
  expect(propertiesOf(platform, 'AWS::Lambda::EventInvokeConfig', 'agentstatus')).toMatchObject({
    MaximumEventAgeInSeconds: 300,
  });
});

test('sweep runs every minute, for less than a minute, and is not tried again', () => {
  expect(propertiesOf(platform, 'AWS::Events::Rule', 'Sweep')).toMatchObject({
    ScheduleExpression: 'rate(1 minute)',
  });
  expect(propertiesOf(platform, 'AWS::Lambda::EventInvokeConfig', 'sweep')).toMatchObject({
    MaximumRetryAttempts: 0,
    MaximumEventAgeInSeconds: 60,
  });
  const { Timeout } = propertiesOf(platform, 'AWS::Lambda::Function', 'sweep') as {
    Timeout: number;
  };
  expect(Timeout).toBeLessThan(60);
});

test('a sweep that does not run at all is an alarm', () => {
  const missing = resourcesOf(platform, 'AWS::CloudWatch::Alarm').find(([id]) => id.includes('sweepmissing'));
  expect(missing![1].Properties).toMatchObject({
    MetricName: 'Invocations',
    ComparisonOperator: 'LessThanThreshold',
    Threshold: 1,
    TreatMissingData: 'breaching',
  });
});

test('tables have the keys and indexes that the functions ask by', () => {
  const table = (name: string) => propertiesOf(platform, 'AWS::DynamoDB::Table', name);
  const key = (hash: string, range?: string) => [
    { AttributeName: hash, KeyType: 'HASH' },
    ...(range === undefined ? [] : [{ AttributeName: range, KeyType: 'RANGE' }]),
  ];
  expect(table('TablesJobs')).toMatchObject({
    TableName: 'odoopbx-jobs',
    KeySchema: key('pbx', 'id'),
    GlobalSecondaryIndexes: [
      { IndexName: 'overdue', KeySchema: key('open', 'expiresAt'), Projection: { ProjectionType: 'ALL' } },
    ],
  });
  expect(table('TablesPbxs')).toMatchObject({
    TableName: 'odoopbx-pbx',
    KeySchema: key('id'),
    GlobalSecondaryIndexes: [
      {
        IndexName: 'by-last-seen',
        KeySchema: key('kind', 'lastSeen'),
        Projection: { ProjectionType: 'KEYS_ONLY' },
      },
    ],
  });
  expect(table('TablesSessions')).toMatchObject({
    TableName: 'odoopbx-sessions',
    KeySchema: key('id'),
    GlobalSecondaryIndexes: [
      {
        IndexName: openSessionsIndex,
        KeySchema: key('open', 'createdAt'),
        Projection: { ProjectionType: 'ALL' },
      },
    ],
  });
});

test('alarms can be told: the topic lets CloudWatch publish, its key lets CloudWatch encrypt, both by TLS', () => {
  const ourAlarms = {
    ArnLike: { 'aws:SourceArn': 'arn:aws:cloudwatch:eu-central-1:123456789012:alarm:odoopbx-*' },
    StringEquals: { 'aws:SourceAccount': '123456789012' },
  };
  const cloudwatch = { Service: 'cloudwatch.amazonaws.com' };
  expect(propertiesOf(platform, 'AWS::SNS::Topic')).toMatchObject({
    TopicName: 'odoopbx-alarms',
    KmsMasterKeyId: { 'Fn::GetAtt': [expect.stringMatching(/^AlarmTopicKey/), 'Arn'] },
  });
  expect(propertiesOf(platform, 'AWS::SNS::TopicPolicy')).toMatchObject({
    PolicyDocument: {
      Statement: [
        { Effect: 'Deny', Action: 'sns:Publish', Condition: { Bool: { 'aws:SecureTransport': 'false' } } },
        { Effect: 'Allow', Action: 'sns:Publish', Principal: cloudwatch, Condition: ourAlarms },
      ],
    },
  });
  expect(propertiesOf(platform, 'AWS::KMS::Key')).toMatchObject({
    EnableKeyRotation: true,
    KeyPolicy: {
      Statement: [
        { Sid: 'Administer', Principal: { AWS: 'arn:aws:iam::123456789012:root' } },
        {
          Effect: 'Allow',
          Action: ['kms:Decrypt', 'kms:GenerateDataKey'],
          Principal: cloudwatch,
          Condition: ourAlarms,
        },
      ],
    },
  });
});

test('the e-mail address of fleet.yaml is told; without one nobody is', () => {
  expect(propertiesOf(platform, 'AWS::SNS::Subscription')).toMatchObject({
    Protocol: 'email',
    Endpoint: 'noc@telephony.example',
  });
  const { alarmEmail: _, ...platformWithout } = fleet.platform;
  const without = synthFleet({ platform: platformWithout, tenants: {} }, { checks: false });
  expect(resourcesOf(without.templates.get('odoopbx-platform'), 'AWS::SNS::Subscription')).toEqual([]);
});

test('the dashboard finds tenants by search: it does not grow with them', () => {
  const { DashboardBody } = propertiesOf(platform, 'AWS::CloudWatch::Dashboard') as {
    DashboardBody: unknown;
  };
  const body = JSON.stringify(DashboardBody);
  expect(body).toContain('MetricName=');
  expect(body).toContain('odoopbx inbox fifo');
  expect(body).not.toContain('acme');
});
