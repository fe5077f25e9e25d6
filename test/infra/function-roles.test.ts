import { describe, expect, test } from 'vitest';
import { exampleFleet, propertiesOf, resourcesOf, statementsOf, synthFleet } from './synth-fleet.ts';

const { templates } = synthFleet(exampleFleet(), { checks: false });
const arn = (service: string, rest: string) => `arn:aws:${service}:eu-central-1:123456789012:${rest}`;
const attribute = (prefix: string) => ({
  'Fn::GetAtt': [expect.stringMatching(new RegExp(`^${prefix}`)), 'Arn'],
});
const traces = {
  Effect: 'Allow',
  Action: ['xray:PutTraceSegments', 'xray:PutTelemetryRecords'],
  Resource: '*',
};
const log = (prefix: string) => ({
  Sid: 'Log',
  Effect: 'Allow',
  Action: ['logs:CreateLogStream', 'logs:PutLogEvents'],
  Resource: attribute(prefix),
});
const ownRows = (tenant: string) => ({
  'ForAllValues:StringLike': { 'dynamodb:LeadingKeys': `${tenant}_*` },
  Null: { 'dynamodb:LeadingKeys': 'false' },
});

describe("route-events reaches its own tenant's inbox, PBXs, rows and secrets alone", () => {
  const statements = (tenant: string, secrets: unknown) => [
    traces,
    log('routeeventsLog'),
    {
      Sid: 'WorkOnInbox',
      Effect: 'Allow',
      Action: [
        'sqs:ReceiveMessage',
        'sqs:DeleteMessage',
        'sqs:ChangeMessageVisibility',
        'sqs:GetQueueAttributes',
      ],
      Resource: attribute('InboxQueue'),
    },
    { Sid: 'Park', Effect: 'Allow', Action: 'sqs:SendMessage', Resource: attribute('ParkedQueue') },
    {
      Sid: 'SendJobsToOwnPbxs',
      Effect: 'Allow',
      Action: 'sqs:SendMessage',
      Resource: arn('sqs', `odoopbx-jobs-${tenant}_*`),
    },
    {
      Sid: 'OwnJobs',
      Effect: 'Allow',
      Action: ['dynamodb:GetItem', 'dynamodb:PutItem', 'dynamodb:UpdateItem'],
      Resource: arn('dynamodb', 'table/odoopbx-jobs'),
      Condition: ownRows(tenant),
    },
    {
      Sid: 'OwnPbxs',
      Effect: 'Allow',
      Action: ['dynamodb:GetItem', 'dynamodb:UpdateItem'],
      Resource: arn('dynamodb', 'table/odoopbx-pbx'),
      Condition: ownRows(tenant),
    },
    { Sid: 'ReadOwnSecrets', Effect: 'Allow', Action: 'ssm:GetParameter', Resource: secrets },
  ];

  test('with one login for all PBXs: one secret', () => {
    expect(statementsOf(templates.get('odoopbx-tenant-globex'), 'routeevents')).toEqual(
      statements('globex', arn('ssm', 'parameter/odoopbx/globex/odoo')),
    );
  });

  test('with a PBX that has a login of its own: the secrets of its PBXs too', () => {
    expect(statementsOf(templates.get('odoopbx-tenant-acme'), 'routeevents')).toEqual(
      statements('acme', [
        arn('ssm', 'parameter/odoopbx/acme/odoo'),
        arn('ssm', 'parameter/odoopbx/acme/*/odoo'),
      ]),
    );
  });
});

test('submit-job finds the PBX of a key, keeps jobs, sends them', () => {
  expect(statementsOf(templates.get('odoopbx-api'), 'submitjob')).toEqual([
    traces,
    log('submitjobLog'),
    {
      Sid: 'FindPbxOfKeyAndPinInstance',
      Effect: 'Allow',
      Action: ['dynamodb:GetItem', 'dynamodb:UpdateItem'],
      Resource: arn('dynamodb', 'table/odoopbx-pbx'),
    },
    {
      Sid: 'KeepJobs',
      Effect: 'Allow',
      Action: ['dynamodb:GetItem', 'dynamodb:PutItem'],
      Resource: arn('dynamodb', 'table/odoopbx-jobs'),
    },
    {
      Sid: 'OpenConsoles',
      Effect: 'Allow',
      Action: 'dynamodb:PutItem',
      Resource: arn('dynamodb', 'table/odoopbx-sessions'),
    },
    { Sid: 'SendJobs', Effect: 'Allow', Action: 'sqs:SendMessage', Resource: arn('sqs', 'odoopbx-jobs-*') },
  ]);
});

test("console-relay keeps sessions, and reaches its own API's connections alone", () => {
  const connections = (method: string) => ({
    'Fn::Join': [
      '',
      [
        'arn:aws:execute-api:eu-central-1:123456789012:',
        { Ref: expect.stringMatching(/^ConsoleApi/) },
        `/v1/${method}/@connections/*`,
      ],
    ],
  });
  expect(statementsOf(templates.get('odoopbx-api'), 'consolerelay')).toEqual([
    traces,
    log('consolerelayLog'),
    {
      Sid: 'KeepSessions',
      Effect: 'Allow',
      Action: ['dynamodb:DeleteItem', 'dynamodb:GetItem', 'dynamodb:PutItem', 'dynamodb:UpdateItem'],
      Resource: arn('dynamodb', 'table/odoopbx-sessions'),
    },
    {
      Sid: 'FindSessionsThatAreOver',
      Effect: 'Allow',
      Action: 'dynamodb:Query',
      Resource: arn('dynamodb', 'table/odoopbx-sessions/index/open-sessions'),
    },
    {
      Sid: 'SendToAndCloseConnections',
      Effect: 'Allow',
      Action: 'execute-api:ManageConnections',
      Resource: [connections('POST'), connections('DELETE')],
    },
  ]);
});

test('enroll-agent redeems codes and makes certificates', () => {
  expect(statementsOf(templates.get('odoopbx-api'), 'enrollagent')).toEqual([
    traces,
    log('enrollagentLog'),
    {
      Sid: 'RedeemCodes',
      Effect: 'Allow',
      Action: ['dynamodb:DeleteItem', 'dynamodb:UpdateItem'],
      Resource: arn('dynamodb', 'table/odoopbx-pbx'),
    },
    {
      Sid: 'FindFormerCertificates',
      Effect: 'Allow',
      Action: 'iot:ListThingPrincipals',
      Resource: arn('iot', 'thing/*'),
    },
    {
      Sid: 'ManageCertificates',
      Effect: 'Allow',
      Action: ['iot:AttachPolicy', 'iot:DeleteCertificate', 'iot:DetachPolicy', 'iot:UpdateCertificate'],
      Resource: arn('iot', 'cert/*'),
    },
    {
      Sid: 'MakeCertificates',
      Effect: 'Allow',
      Action: [
        'iot:AttachThingPrincipal',
        'iot:CreateCertificateFromCsr',
        'iot:DescribeEndpoint',
        'iot:DetachThingPrincipal',
      ],
      Resource: '*',
    },
  ]);
});

test('agent-status writes the pbx table', () => {
  expect(statementsOf(templates.get('odoopbx-platform'), 'agentstatus')).toEqual([
    { Effect: 'Allow', Action: 'sqs:SendMessage', Resource: attribute('UndeliveredStatusesQueue') },
    traces,
    log('agentstatusLog'),
    {
      Sid: 'KeepStatuses',
      Effect: 'Allow',
      Action: ['dynamodb:GetItem', 'dynamodb:UpdateItem'],
      Resource: arn('dynamodb', 'table/odoopbx-pbx'),
    },
  ]);
});

test('sweep reads two indexes, closes jobs and puts results of PBXs', () => {
  expect(statementsOf(templates.get('odoopbx-platform'), 'sweep')).toEqual([
    traces,
    log('sweepLog'),
    {
      Sid: 'FindOverdueJobsAndSilentPbxs',
      Effect: 'Allow',
      Action: 'dynamodb:Query',
      Resource: [
        arn('dynamodb', 'table/odoopbx-jobs/index/overdue'),
        arn('dynamodb', 'table/odoopbx-pbx/index/by-last-seen'),
      ],
    },
    {
      Sid: 'CloseJobs',
      Effect: 'Allow',
      Action: 'dynamodb:UpdateItem',
      Resource: arn('dynamodb', 'table/odoopbx-jobs'),
    },
    {
      Sid: 'PutResultsOfExpiredJobs',
      Effect: 'Allow',
      Action: 'events:PutEvents',
      Resource: arn('events', 'event-bus/odoopbx'),
      Condition: {
        'ForAllValues:StringLike': { 'events:source': 'pbx.*' },
        'ForAllValues:StringEquals': { 'events:detail-type': 'job.result.v1' },
        Null: { 'events:source': 'false', 'events:detail-type': 'false' },
      },
    },
  ]);
});

test('every function has a role of its own, which Lambda alone takes, without managed policies', () => {
  for (const template of templates.values()) {
    const roles = resourcesOf(template, 'AWS::IAM::Role').filter(([id]) => !id.startsWith('Agents'));
    expect(roles).toHaveLength(resourcesOf(template, 'AWS::Lambda::Function').length);
    for (const [id, { Properties }] of roles) {
      const role = Properties as { ManagedPolicyArns?: unknown; AssumeRolePolicyDocument: object };
      expect(role.ManagedPolicyArns, id).toBeUndefined();
      expect(role.AssumeRolePolicyDocument, id).toMatchObject({
        Statement: [{ Principal: { Service: 'lambda.amazonaws.com' } }],
      });
    }
  }
  const roleOf = (name: string) =>
    (propertiesOf(templates.get('odoopbx-api'), 'AWS::Lambda::Function', name) as { Role: unknown }).Role;
  expect(roleOf('submitjob')).not.toEqual(roleOf('enrollagent'));
});
