import { expect, test } from 'vitest';
import { exampleFleet, propertiesOf, synthFleet } from './synth-fleet.ts';

const { templates } = synthFleet(exampleFleet(), { checks: false });
const platform = templates.get('odoopbx-platform');

test('the one role of all PBXs is for the credential provider of AWS IoT alone', () => {
  const { AssumeRolePolicyDocument, ManagedPolicyArns, RoleName } = propertiesOf(
    platform,
    'AWS::IAM::Role',
    'Agents',
  );
  expect(RoleName).toBe('odoopbx-agent');
  expect(ManagedPolicyArns).toBeUndefined();
  expect(AssumeRolePolicyDocument).toEqual({
    Version: '2012-10-17',
    Statement: [
      {
        Effect: 'Allow',
        Action: 'sts:AssumeRole',
        Principal: { Service: 'credentials.iot.amazonaws.com' },
      },
    ],
  });
});

test('a PBX puts entries of the three types under its own source, and takes from its own queue: no more', () => {
  const { Policies } = propertiesOf(platform, 'AWS::IAM::Role', 'Agents') as {
    Policies: { PolicyDocument: object }[];
  };
  expect(Policies.map(({ PolicyDocument }) => PolicyDocument)).toEqual([
    {
      Version: '2012-10-17',
      Statement: [
        {
          Sid: 'PutOwnEvents',
          Effect: 'Allow',
          Action: 'events:PutEvents',
          Resource: 'arn:aws:events:eu-central-1:123456789012:event-bus/odoopbx',
          Condition: {
            'ForAllValues:StringEquals': {
              'events:source': 'pbx.${credentials-iot:ThingName}',
              'events:detail-type': ['ami.batch.v1', 'job.result.v1', 'agent.status.v1'],
            },
            Null: { 'events:source': 'false', 'events:detail-type': 'false' },
          },
        },
        {
          Sid: 'TakeOwnJobs',
          Effect: 'Allow',
          Action: ['sqs:ReceiveMessage', 'sqs:DeleteMessage'],
          Resource: 'arn:aws:sqs:eu-central-1:123456789012:odoopbx-jobs-${credentials-iot:ThingName}',
        },
      ],
    },
  ]);
  // Nothing is added to the role from elsewhere.
  const policies = Object.values(platform!.Resources).filter(({ Type }) => Type === 'AWS::IAM::Policy');
  expect(JSON.stringify(policies)).not.toContain('AgentsRole');
});

test('a certificate gives its holder the role alias and nothing else of AWS IoT', () => {
  const alias = propertiesOf(platform, 'AWS::IoT::RoleAlias');
  expect(alias).toMatchObject({ RoleAlias: 'odoopbx-agent', CredentialDurationSeconds: 3600 });
  const { PolicyName, PolicyDocument } = propertiesOf(platform, 'AWS::IoT::Policy');
  expect(PolicyName).toBe('odoopbx-agent');
  expect(PolicyDocument).toEqual({
    Version: '2012-10-17',
    Statement: [
      {
        Effect: 'Allow',
        Action: 'iot:AssumeRoleWithCertificate',
        Resource: { 'Fn::GetAtt': [expect.stringMatching(/^AgentsAlias/), 'RoleAliasArn'] },
      },
    ],
  });
});

test('each PBX is a thing and a queue of its name', () => {
  const things = [...templates.values()].flatMap(({ Resources }) =>
    Object.values(Resources)
      .filter(({ Type }) => Type === 'AWS::IoT::Thing')
      .map(({ Properties }) => (Properties as { ThingName: string }).ThingName),
  );
  expect(things).toEqual(['acme_hq', 'acme_berlin', 'acme_lab', 'globex_main', 'initech_main']);
  const queues = JSON.stringify([...templates.values()]);
  for (const thing of things) expect(queues).toContain(`"QueueName":"odoopbx-jobs-${thing}"`);
});
