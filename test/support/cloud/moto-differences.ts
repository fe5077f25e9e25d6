import type { Template, TemplateResource } from './gateway-routes.ts';

type Properties = Record<string, unknown>;

/** Where the events of a rule go whose target is a function: EventBridge of moto calls no function. */
export const ruleQueueName = (functionName: string): string => `test-only-${functionName}`;

/**
 * What moto can not do as AWS does, changed in a template before it is deployed; everything else is deployed as it
 * was synthesised. `apiUrl` is what stands for the HTTP API.
 */
export function forMoto(template: Template, apiUrl: string): Template {
  const { Resources } = template;
  const known = Object.entries(Resources).filter(([, { Type }]) => !isApiGateway(Type));
  const changed = known.map(([id, resource]) => [
    id,
    { ...resource, Properties: changedProperties(resource, template) },
  ]);
  const queues = Object.values(Resources).flatMap((resource) =>
    functionTargets(resource, template).map((name) => [
      `TestOnly${name.replaceAll(/\W/g, '')}`,
      { Type: 'AWS::SQS::Queue', Properties: { QueueName: ruleQueueName(name) } },
    ]),
  );
  const policies = known.flatMap(([id, resource]) => ownPolicies(id, resource));
  const whole = { ...template, Resources: Object.fromEntries([...changed, ...queues, ...policies]) };
  return withoutApiGateway(whole, Resources, apiUrl) as Template;
}

/** moto passes over all of API Gateway v2, and what refers to it then fails. */
function withoutApiGateway(value: unknown, resources: Template['Resources'], apiUrl: string): unknown {
  const isGone = (id: unknown) => typeof id === 'string' && isApiGateway(resources[id]?.Type ?? '');
  if (Array.isArray(value)) return value.map((one) => withoutApiGateway(one, resources, apiUrl));
  if (typeof value !== 'object' || value === null) return value;
  const { Ref, 'Fn::GetAtt': GetAtt } = value as { Ref?: string; 'Fn::GetAtt'?: [string, string] };
  if (isGone(Ref)) return 'not-on-moto';
  if (isGone(GetAtt?.[0])) return GetAtt?.[1] === 'ApiEndpoint' ? apiUrl : 'not-on-moto';
  return Object.fromEntries(
    Object.entries(value).map(([key, part]) => [
      key,
      key === 'DependsOn' && Array.isArray(part)
        ? part.filter((id) => !isGone(id))
        : withoutApiGateway(part, resources, apiUrl),
    ]),
  );
}

const isApiGateway = (type: string): boolean => type.startsWith('AWS::ApiGatewayV2::');

function changedProperties(resource: TemplateResource, template: Template): Properties {
  const properties: Properties = { ...resource.Properties };
  switch (resource.Type) {
    // moto takes the pattern of an archive as text alone.
    case 'AWS::Events::Archive':
      return { ...properties, EventPattern: JSON.stringify(properties['EventPattern']) };
    case 'AWS::Events::Rule':
      return ruleProperties(resource, template, properties);
    // moto looks for the key of a tag by another name.
    case 'AWS::KMS::Key': {
      const { Tags: _tags, ...rest } = properties;
      return rest;
    }
    // moto keeps a document of a template as Python's text of it.
    case 'AWS::IoT::Policy':
      return { ...properties, PolicyDocument: { 'Fn::Sub': substitution(properties['PolicyDocument']) } };
    case 'AWS::IAM::Role': {
      const { Policies: _policies, ...rest } = properties;
      return rest;
    }
    // The test is the event source: moto would run the function in Docker.
    case 'AWS::Lambda::EventSourceMapping':
      return { ...properties, Enabled: false };
    default:
      return properties;
  }
}

/** moto keeps the policies that stand in a role as Python's text of them: here each is a resource of its own. */
function ownPolicies(roleId: string, { Type, Properties }: TemplateResource): [string, TemplateResource][] {
  if (Type !== 'AWS::IAM::Role') return [];
  const policies = (Properties?.['Policies'] ?? []) as Properties[];
  return policies.map((policy, place) => [
    `${roleId}TestOnly${place}`,
    { Type: 'AWS::IAM::Policy', Properties: { ...policy, Roles: [{ Ref: roleId }] } },
  ]);
}

/** A value with its references as the JSON text for `Fn::Sub`. */
function substitution(value: unknown): string {
  const { Ref, 'Fn::GetAtt': GetAtt } = (value ?? {}) as { Ref?: string; 'Fn::GetAtt'?: [string, string] };
  if (Ref !== undefined) return `"\${${Ref}}"`;
  if (GetAtt !== undefined) return `"\${${GetAtt.join('.')}}"`;
  if (Array.isArray(value)) return `[${value.map(substitution).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const parts = Object.entries(value).map(([key, part]) => `${JSON.stringify(key)}:${substitution(part)}`);
  return `{${parts.join(',')}}`;
}

function ruleProperties(resource: TemplateResource, template: Template, properties: Properties): Properties {
  const bus = (properties['EventBusName'] as { Ref?: string } | undefined)?.Ref;
  // A Ref of a bus is its name on AWS and something else on moto.
  if (bus !== undefined) properties['EventBusName'] = { 'Fn::GetAtt': [bus, 'Name'] };
  const functions = functionTargets(resource, template);
  if (functions.length === 0) return properties;
  const queueArn = 'arn:aws:sqs:${AWS::Region}:${AWS::AccountId}:';
  const Targets = functions.map((name) => ({
    Id: name,
    Arn: { 'Fn::Sub': queueArn + ruleQueueName(name) },
  }));
  return { ...properties, Targets };
}

/** Names of the functions that a rule for events (not a schedule) calls. */
export function functionTargets(resource: TemplateResource, { Resources }: Template): string[] {
  const { Targets = [], EventPattern } = (resource.Properties ?? {}) as {
    Targets?: { Arn: { 'Fn::GetAtt'?: [string, string] } }[];
    EventPattern?: unknown;
  };
  if (resource.Type !== 'AWS::Events::Rule' || EventPattern === undefined) return [];
  return Targets.map(({ Arn }) => Resources[Arn['Fn::GetAtt']?.[0] ?? ''])
    .filter((target) => target?.Type === 'AWS::Lambda::Function')
    .map((target) => String(target?.Properties?.['FunctionName']));
}
