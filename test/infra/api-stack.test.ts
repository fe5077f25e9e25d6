import { expect, test } from 'vitest';
import { exampleFleet, propertiesOf, resourcesOf, synthFleet } from './synth-fleet.ts';

const fleet = exampleFleet();
const { templates, layerFile } = synthFleet(fleet, { checks: false });
const api = templates.get('odoopbx-api');
const stage = propertiesOf(api, 'AWS::ApiGatewayV2::Stage', 'Door') as {
  StageName: string;
  AutoDeploy: boolean;
  AccessLogSettings: { Format: string };
  DefaultRouteSettings: { ThrottlingRateLimit: number };
  RouteSettings: Record<string, { ThrottlingRateLimit: number; ThrottlingBurstLimit: number }>;
};

const partsOf = (part: 'Door' | 'Console', type: string) =>
  resourcesOf(api, type).filter(([id]) => id.startsWith(part));

/** By route: the function, or the integration, that its target names. */
function targetsOf(part: 'Door' | 'Console'): Record<string, string | undefined> {
  const routes = partsOf(part, 'AWS::ApiGatewayV2::Route').map(([, { Properties }]) => {
    const { RouteKey, Target } = Properties as { RouteKey: string; Target: object };
    return [RouteKey, /submitjob|enrollagent|ConsoleApi\w+/.exec(JSON.stringify(Target))?.[0]];
  });
  return Object.fromEntries(routes) as Record<string, string | undefined>;
}

/** Where the console's API is, with its stage. */
const addressOfConsole = (scheme: string) => ({
  'Fn::Join': [
    '',
    [
      scheme,
      { Ref: expect.stringMatching(/^ConsoleApi/) },
      expect.any(String),
      { Ref: 'AWS::URLSuffix' },
      '/v1',
    ],
  ],
});

test('the routes of the door, the webhook, the health check and the enrolment, and no other', () => {
  expect(targetsOf('Door')).toEqual({
    'POST /app/asterisk_plus/agent': 'submitjob',
    'POST /webhook/{key}': 'submitjob',
    'GET /health': 'submitjob',
    'POST /enroll': 'enrollagent',
  });
  for (const [id, { Properties }] of partsOf('Door', 'AWS::ApiGatewayV2::Integration')) {
    expect(Properties, id).toMatchObject({ IntegrationType: 'AWS_PROXY', PayloadFormatVersion: '2.0' });
  }
});

test('the console has a WebSocket API of its own, all of it behind the relay', () => {
  const relay = expect.stringMatching(/^ConsoleApi(connect|disconnect|default)/);
  expect(targetsOf('Console')).toEqual({ $connect: relay, $disconnect: relay, $default: relay });
  for (const [id, { Properties }] of partsOf('Console', 'AWS::ApiGatewayV2::Integration')) {
    expect(JSON.stringify(Properties), id).toContain('consolerelayFunction');
  }
  expect(propertiesOf(api, 'AWS::ApiGatewayV2::Api', 'Console')).toMatchObject({
    Name: 'odoopbx-console',
    ProtocolType: 'WEBSOCKET',
  });
});

test('nothing that is typed or shown, and no ticket, gets into a log of the gateway', () => {
  const console = propertiesOf(api, 'AWS::ApiGatewayV2::Stage', 'Console');
  expect(console).toMatchObject({
    StageName: 'v1',
    DefaultRouteSettings: { DataTraceEnabled: false, LoggingLevel: 'OFF', ThrottlingRateLimit: 1000 },
  });
  expect(console).not.toHaveProperty('AccessLogSettings');
});

test('the relay knows its table and where to post to, and is asked every minute to end what is over', () => {
  expect(propertiesOf(api, 'AWS::Lambda::Function', 'consolerelay')).toMatchObject({
    Environment: {
      Variables: {
        SESSIONS_TABLE: 'odoopbx-sessions',
        CONNECTIONS_URL: addressOfConsole('https://'),
      },
    },
  });
  expect(propertiesOf(api, 'AWS::Lambda::Function', 'submitjob')).toMatchObject({
    Environment: {
      Variables: { SESSIONS_TABLE: 'odoopbx-sessions', CONSOLE_URL: addressOfConsole('wss://') },
    },
  });
  expect(propertiesOf(api, 'AWS::Events::Rule', 'ConsoleSweepRule')).toMatchObject({
    ScheduleExpression: 'rate(1 minute)',
    Targets: [{ Input: '{"sweep":true}' }],
  });
});

test('each route is throttled, the enrolment far more than the others', () => {
  const { 'POST /enroll': enroll, ...others } = stage.RouteSettings;
  expect(Object.keys(others)).toHaveLength(3);
  expect(enroll).toEqual({ ThrottlingRateLimit: 1, ThrottlingBurstLimit: 5 });
  expect(others['POST /app/asterisk_plus/agent']!.ThrottlingRateLimit).toBeGreaterThanOrEqual(50);
  expect(stage.DefaultRouteSettings.ThrottlingRateLimit).toBe(1);
});

test('the stage waits for the routes that its settings name', () => {
  const [[, { DependsOn = [] }] = ['', { DependsOn: [] }]] = partsOf('Door', 'AWS::ApiGatewayV2::Stage');
  const routes = partsOf('Door', 'AWS::ApiGatewayV2::Route').map(([id]) => id);
  expect(DependsOn).toEqual(expect.arrayContaining(routes));
});

test('the access log has the route, never the path: a webhook has its key there', () => {
  const { Format } = stage.AccessLogSettings;
  expect(JSON.parse(Format)).toMatchObject({ route: '$context.routeKey', status: '$context.status' });
  expect(Format).not.toMatch(/context\.(path|requestOverride|domainName|error)/);
  expect(Format).not.toContain('$context.http');
});

test('answers that say that something fails are counted by the access log, and those to too many jobs', () => {
  const counted = resourcesOf(api, 'AWS::Logs::MetricFilter').map(([, { Properties }]) => {
    const { FilterPattern, MetricTransformations } = Properties as {
      FilterPattern: string;
      MetricTransformations: { MetricName: string; Dimensions: unknown }[];
    };
    const [{ MetricName, Dimensions }] = MetricTransformations as [
      { MetricName: string; Dimensions: unknown },
    ];
    expect(Dimensions).toEqual([{ Key: 'platform', Value: '$.platform' }]);
    return [MetricName, FilterPattern];
  });
  expect(Object.fromEntries(counted)).toEqual({
    ApiFailures: '{ ($.status = "500") || ($.status = "502") || ($.status = "504") }',
    ApiThrottled: '{ ($.status = "429") && ($.route != "POST /enroll") }',
  });
  expect(JSON.parse(stage.AccessLogSettings.Format)).toMatchObject({ platform: 'odoopbx' });
  const alarms = resourcesOf(api, 'AWS::CloudWatch::Alarm').map(
    ([, { Properties }]) => Properties['MetricName'],
  );
  expect(alarms).toEqual(['ApiFailures', 'Throttles', 'ApiThrottled', 'Errors', 'Throttles']);
});

test('submit-job knows the webhooks of fleet.yaml by a layer', () => {
  expect(propertiesOf(api, 'AWS::Lambda::Function', 'submitjob')).toMatchObject({
    Environment: { Variables: { FLEET_FILE: '/opt/fleet.json', JOBS_TABLE: 'odoopbx-jobs' } },
    Layers: [{ Ref: expect.stringMatching(/^WebhooksLayer/) }],
  });
  expect(layerFile('webhooks')).toEqual({
    webhooks: {
      acme_lab: fleet.tenants['acme']!.pbxs['lab']!.webhook,
      globex_main: fleet.tenants['globex']!.pbxs['main']!.webhook,
    },
  });
  const none = { ...fleet, tenants: { initech: fleet.tenants['initech']! } };
  const bare = synthFleet(none, { checks: false }).templates.get('odoopbx-api');
  expect(resourcesOf(bare, 'AWS::Lambda::LayerVersion')).toEqual([]);
});

test('enroll-agent knows what an agent must know', () => {
  expect(propertiesOf(api, 'AWS::Lambda::Function', 'enrollagent')).toMatchObject({
    Environment: {
      Variables: {
        PBX_TABLE: 'odoopbx-pbx',
        IOT_POLICY: 'odoopbx-agent',
        ROLE_ALIAS: 'odoopbx-agent',
        BUS: 'odoopbx',
        JOB_QUEUE_URL_BASE: expect.anything(),
      },
    },
  });
});

test("the API's address is an output: the operator's CLI asks for it", () => {
  expect(api!.Outputs).toMatchObject({
    ApiUrl: { Value: { 'Fn::GetAtt': [expect.stringMatching(/^DoorApi/), 'ApiEndpoint'] } },
  });
});
