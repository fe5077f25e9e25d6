import { Stack } from 'aws-cdk-lib';
import { Effect, PolicyDocument, PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { CfnPolicy, CfnRoleAlias } from 'aws-cdk-lib/aws-iot';
import { Construct } from 'constructs';
import { detailTypeSchema } from '../../core/contracts/bus-entry.ts';
import { sourceOf } from '../../core/contracts/names.ts';
import type { ResourceNames } from '../../core/fleet/resource-names.ts';
import { resourceArns } from '../resource-arns.ts';

/** IAM puts the thing's name here. Without a thing in the request it stays empty, and no statement matches. */
const thisThing = '${credentials-iot:ThingName}';
const credentialSeconds = 3600;

/**
 * What every PBX may do, by one role for all: a thing's certificate gives it credentials in which IAM knows the
 * thing's name, and each statement is about what bears that name.
 *
 * AWS IoT's credential provider answers 403 to a thing name that does not belong to the certificate. The IoT
 * policy has no condition on `iot:Connection.Thing.IsAttached`: those keys exist for MQTT connections only, the
 * condition would refuse every agent.
 * https://docs.aws.amazon.com/iot/latest/developerguide/authorizing-direct-aws.html
 */
export class AgentAccess extends Construct {
  constructor(scope: Construct, id: string, names: ResourceNames) {
    super(scope, id);
    const arns = resourceArns(Stack.of(this), names);
    const role = new Role(this, 'Role', {
      roleName: names.agentRole,
      description: 'What a PBX may do: put events under its own name, take jobs from its own queue.',
      assumedBy: new ServicePrincipal('credentials.iot.amazonaws.com'),
      inlinePolicies: {
        agent: new PolicyDocument({
          statements: [
            new PolicyStatement({
              sid: 'PutOwnEvents',
              actions: ['events:PutEvents'],
              resources: [arns.bus],
              // ForAllValues is also true of no value at all: hence Null.
              conditions: {
                'ForAllValues:StringEquals': {
                  'events:source': sourceOf(thisThing),
                  'events:detail-type': detailTypeSchema.options,
                },
                Null: { 'events:source': 'false', 'events:detail-type': 'false' },
              },
            }),
            new PolicyStatement({
              sid: 'TakeOwnJobs',
              actions: ['sqs:ReceiveMessage', 'sqs:DeleteMessage'],
              resources: [arns.queue(names.jobQueue(thisThing))],
            }),
          ],
        }),
      },
    });
    const alias = new CfnRoleAlias(this, 'Alias', {
      roleAlias: names.roleAlias,
      roleArn: role.roleArn,
      credentialDurationSeconds: credentialSeconds,
    });
    new CfnPolicy(this, 'Policy', {
      policyName: names.iotPolicy,
      policyDocument: new PolicyDocument({
        statements: [
          new PolicyStatement({
            effect: Effect.ALLOW,
            actions: ['iot:AssumeRoleWithCertificate'],
            resources: [alias.attrRoleAliasArn],
          }),
        ],
      }),
    });
  }
}
