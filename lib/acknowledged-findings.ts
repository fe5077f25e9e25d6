import { type App, Stack, Validations } from 'aws-cdk-lib';
import type { IConstruct } from 'constructs';
import type { ResourceNames } from '../core/fleet/resource-names.ts';
import type { ApiStack } from './api-stack.ts';
import { type ResourceArns, resourceArns } from './resource-arns.ts';

/** What cdk-nag's AwsSolutions finds and we know of. Where nothing is found any more, the test says so. */
interface AcknowledgedFinding {
  readonly rule: string;
  /** The construct, by the end of its path. */
  readonly at: RegExp;
  /** For wildcards in IAM: the resource that has one. */
  readonly resource?: (arns: ResourceArns, names: ResourceNames, tenant: string, stack: Stack) => string;
  readonly reason: string;
}

const wildcard = 'AwsSolutions-IAM5';
const roleOf = (name: string): RegExp => new RegExp(`/${name}/Role/DefaultPolicy/Resource$`);

export const acknowledgedFindings: readonly AcknowledgedFinding[] = [
  {
    rule: wildcard,
    at: roleOf('(agent-status|sweep|submit-job|enroll-agent|console-relay|route-events)'),
    resource: () => '*',
    reason:
      'X-Ray knows no resources: xray:PutTraceSegments and xray:PutTelemetryRecords take "*" alone. So do, in ' +
      'enroll-agent, iot:CreateCertificateFromCsr, iot:AttachThingPrincipal, iot:DetachThingPrincipal and ' +
      'iot:DescribeEndpoint.',
  },
  {
    rule: wildcard,
    at: roleOf('submit-job'),
    resource: ({ queue }, names) => queue(names.jobQueue('*')),
    reason: 'The door serves all tenants: it sends to the job queues of this platform and to no other queue.',
  },
  {
    rule: wildcard,
    at: roleOf('enroll-agent'),
    resource: ({ thing }) => thing('*'),
    reason: 'Which PBX enrols is known from its code alone; PBXs come and go without this stack.',
  },
  {
    rule: wildcard,
    at: roleOf('enroll-agent'),
    resource: ({ certificate }) => certificate('*'),
    reason: 'AWS IoT makes up the id of a certificate when it makes the certificate.',
  },
  {
    rule: wildcard,
    at: roleOf('route-events'),
    resource: ({ queue }, names, tenant) => queue(names.jobQueue(`${tenant}_*`)),
    reason: 'The queues of this tenant and of no other: no name of a tenant holds "_".',
  },
  {
    rule: wildcard,
    at: roleOf('route-events'),
    resource: ({ parameter }, names, tenant) => parameter(names.odooSecret(tenant, '*')),
    reason: 'The secrets of those PBXs of this tenant that log in as a user of their own.',
  },
  ...[0, 1].map((place): AcknowledgedFinding => ({
    rule: wildcard,
    at: roleOf('console-relay'),
    resource: (_arns, _names, _tenant, stack) => (stack as ApiStack).console.connectionArns()[place] ?? '',
    reason: 'The connections of its own WebSocket API: AWS makes up their ids when they connect.',
  })),
  {
    rule: 'AwsSolutions-SQS3',
    at: /\/(Inbox|Jobs)\/Queue\/Resource$/,
    reason:
      'No redrive policy: an Odoo or a PBX that is away would make poison of good messages. route-events parks ' +
      'what Odoo can not take; a job has a deadline of its own, and the sweeper answers for it.',
  },
  {
    rule: 'AwsSolutions-SQS3',
    at: /\/(Parked|Undelivered)\/Queue\/Resource$/,
    reason:
      'These are the dead-letter queues: of route-events, which parks there itself, and of the bus rule.',
  },
  {
    rule: 'AwsSolutions-APIG4',
    at: /\/Door\/Api\/(POST|GET)--[^/]+\/Resource$/,
    reason:
      'Who may come in is decided in the function: by the SHA-256 of an API key, or by a one-time code. An ' +
      'authorizer would be a second function with the same table. GET /health tells nothing.',
  },
  {
    rule: 'AwsSolutions-APIG4',
    at: /\/Console\/Api\/\$(connect|disconnect|default)-Route\/Resource$/,
    reason:
      'A connection is let in by a one-time ticket, which the function behind $connect uses up. The other routes are ' +
      'of connections that were let in.',
  },
  {
    rule: 'AwsSolutions-APIG1',
    at: /\/Console\/Stage\/Resource$/,
    reason:
      'The log of a WebSocket API needs a role that is set for the whole account and region, which is not for a ' +
      'stack to set: others use it. console-relay itself logs who comes in, who is refused, and what ends why.',
  },
  {
    rule: 'AwsSolutions-DDB3',
    at: /\/Tables\/Sessions\/Resource$/,
    reason:
      'Sessions of the console and their one-time tickets live for hours: restored ones would be wrong.',
  },
];

/** Writes down, at each construct that they are about, the findings above. */
export function acknowledgeFindings(
  app: App,
  names: ResourceNames,
  tenantOf: (stack: Stack) => string,
): void {
  for (const construct of app.node.findAll()) {
    for (const { rule, at, resource, reason } of acknowledgedFindings) {
      if (!at.test(construct.node.path)) continue;
      const stack = Stack.of(construct);
      const found = resource?.(resourceArns(stack, names), names, tenantOf(stack), stack);
      const id = found === undefined ? rule : `${rule}[Resource::${asFound(construct, found)}]`;
      Validations.of(construct).acknowledge({ id: `AwsSolutions::${id}`, reason });
    }
  }
}

/** An ARN as cdk-nag spells it in a finding: what is known at deployment only stands as `<AWS::AccountId>`. */
function asFound(construct: IConstruct, arn: string): string {
  const resolved: unknown = Stack.of(construct).resolve(arn);
  if (typeof resolved === 'string') return resolved;
  const { 'Fn::Join': [, parts] = ['', []] } = resolved as {
    'Fn::Join'?: [string, (string | { Ref: string })[]];
  };
  return parts.map((part) => (typeof part === 'string' ? part : `<${part.Ref}>`)).join('');
}
