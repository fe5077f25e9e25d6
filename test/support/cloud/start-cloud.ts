import {
  GetQueueAttributesCommand,
  GetQueueUrlCommand,
  type QueueAttributeName,
  SQSClient,
} from '@aws-sdk/client-sqs';
import { PutParameterCommand, SSMClient } from '@aws-sdk/client-ssm';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Fleet, fleetSchema } from '#core/fleet/fleet.ts';
import { type ResourceNames, resourceNames } from '#core/fleet/resource-names.ts';
import { bundleLambdas } from '#lib/bundle/bundle-lambdas.ts';
import type { LabStatus } from '#scripts/lab/lab-status.ts';
import type { RunningBundle } from '#scripts/lambda/run-bundle.ts';
import { type KeyedCertificate, type TestCa, createTestCa } from '#test/support/test-ca.ts';
import { type AwsGate, startAwsGate } from './aws-gate.ts';
import { type CredentialServer, startCredentialServer } from './credential-server.ts';
import { type DeployedFleet, deployFleet } from './deploy-fleet.ts';
import { callEmulator, emulatorClient } from './emulator-calls.ts';
import { type Template, routesOf } from './gateway-routes.ts';
import { type HttpGateway, startHttpGateway } from './http-gateway.ts';
import { type InboxSource, startInboxSource } from './inbox-source.ts';
import { createIotControlPlane } from './iot-control-plane.ts';
import { functionTargets, ruleQueueName } from './moto-differences.ts';
import { startMotoProcess } from './moto-process.ts';
import { type RuleSource, startRuleSource } from './rule-source.ts';
import { accessKeyOf, runFunctions } from './run-functions.ts';

/** The whole cloud on this machine: what is deployed, what runs of it, and the hands of a test in it. */
export interface Cloud {
  readonly fleet: Fleet;
  readonly names: ResourceNames;
  readonly region: string;
  /** The emulator, past the gate: for what an operator does. */
  readonly emulatorUrl: string;
  readonly deployed: DeployedFleet;
  readonly gate: AwsGate;
  readonly ca: TestCa;
  readonly credentials: CredentialServer;
  readonly gateway: HttpGateway;
  /** The event source of a tenant's inbox. */
  inbox(tenant: string): InboxSource;
  /** The address of a queue as an SDK client of the emulator wants it. */
  queueUrl(name: string): Promise<string>;
  /** Messages in a queue, those included that somebody works on. */
  depthOf(name: string): Promise<number>;
  /** A certificate for a PBX of the fleet, without an enrolment. */
  identify(pbx: string): Promise<KeyedCertificate>;
  /** What the schedule does every minute. */
  sweep(): Promise<unknown>;
  /** What the functions logged so far. */
  log(): string;
  stop(): Promise<void>;
}

export interface CloudOptions {
  readonly lab: LabStatus;
  /** As in fleet.yaml. */
  readonly fleet: object;
  /** Of the tenants' Odoo users; `acme` or, for a PBX with a login of its own, `acme/hq`. */
  readonly secrets: Readonly<Record<string, string>>;
}

export async function startCloud({ lab, fleet: written, secrets }: CloudOptions): Promise<Cloud> {
  const fleet = fleetSchema.parse(written);
  const names = resourceNames(fleet.platform.name);
  const { region } = fleet.platform;
  const folder = mkdtempSync(join(tmpdir(), 'odoopbx-cloud-'));
  const ends: (() => unknown)[] = [() => rmSync(folder, { recursive: true, force: true })];
  const stop = async () => {
    for (const end of ends.splice(0).toReversed()) await end();
  };
  try {
    const moto = await startMotoProcess();
    ends.push(() => moto.stop());
    // moto loads all its services at the first call of CloudFormation: let it, meanwhile.
    callEmulator(moto.url, 'cloudformation', region, '/', { Action: 'ListStacks' }).catch(() => {});
    const gate = await startAwsGate(moto.url);
    ends.push(() => gate.stop());
    const ca = await createTestCa();
    const controlPlane = createIotControlPlane(moto.url, region, ca, () => credentials.endpoint);
    const credentials = await startCredentialServer({
      emulatorUrl: moto.url,
      region,
      ca,
      gate,
      certificateIdOf: controlPlane.certificateIdOf,
    });
    ends.push(() => credentials.stop());
    gate.intercept(controlPlane.intercept);
    const gateway = await startHttpGateway();
    ends.push(() => gateway.stop());

    const bundles = await bundleLambdas(join(folder, 'bundles'));
    const deployed = await deployFleet(fleet, bundles, moto.url, gateway.url, join(folder, 'cdk.out'));
    const ssm = new SSMClient(emulatorClient(moto.url, region));
    for (const [whose, Value] of Object.entries(secrets)) {
      const [tenant = '', pbx] = whose.split('/');
      const Name = names.odooSecret(tenant, pbx);
      await ssm.send(new PutParameterCommand({ Name, Value, Type: 'SecureString' }));
    }
    const sqs = new SQSClient(emulatorClient(moto.url, region));
    const queueUrl = async (name: string): Promise<string> =>
      (await sqs.send(new GetQueueUrlCommand({ QueueName: name }))).QueueUrl ?? '';

    let log = '';
    const functions = await runFunctions({
      deployed,
      emulatorUrl: moto.url,
      region,
      gate,
      lab,
      print: (text) => (log += text),
    });
    ends.push(() => Promise.all([...functions.values()].map((bundle) => bundle.stop())));
    const bundleOf = (name: string): RunningBundle => {
      const bundle = functions.get(name);
      if (bundle === undefined) throw new Error(`there is no function ${name}`);
      return bundle;
    };
    gateway.serve(routesOf(templateOf(deployed, names.apiStack)), bundleOf);

    const inboxes = new Map<string, InboxSource>();
    for (const tenant of Object.keys(fleet.tenants)) {
      const accessKeyId = accessKeyOf(names.routeEvents(tenant));
      const source = startInboxSource({
        client: new SQSClient({
          ...emulatorClient(gate.url, region),
          credentials: { accessKeyId, secretAccessKey: 'test-only' },
        }),
        region,
        queueUrl: await queueUrl(names.inbox(tenant)),
        batchSize: batchSizeOf(templateOf(deployed, names.tenantStack(tenant))),
        bundle: bundleOf(names.routeEvents(tenant)),
      });
      inboxes.set(tenant, source);
      ends.push(() => source.stop());
    }
    const rules: RuleSource[] = [];
    for (const name of [...deployed.templates.values()].flatMap(ruleTargetsOf)) {
      const rule = startRuleSource(moto.url, region, await queueUrl(ruleQueueName(name)), bundleOf(name));
      rules.push(rule);
      ends.push(() => rule.stop());
    }
    return {
      fleet,
      names,
      region,
      emulatorUrl: moto.url,
      deployed,
      gate,
      ca,
      credentials,
      gateway,
      inbox(tenant) {
        const source = inboxes.get(tenant);
        if (source === undefined) throw new Error(`there is no tenant ${tenant}`);
        return source;
      },
      queueUrl,
      async depthOf(name) {
        const AttributeNames: QueueAttributeName[] = [
          'ApproximateNumberOfMessages',
          'ApproximateNumberOfMessagesNotVisible',
        ];
        const wanted = new GetQueueAttributesCommand({ QueueUrl: await queueUrl(name), AttributeNames });
        const { Attributes = {} } = await sqs.send(wanted);
        return Object.values(Attributes).reduce((sum, one) => sum + Number(one), 0);
      },
      identify: (pbx) => controlPlane.identify(pbx, names.iotPolicy),
      sweep: () => bundleOf(names.platformFunction('sweep')).invoke({ 'detail-type': 'Scheduled Event' }),
      log: () => log,
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

function templateOf({ templates }: DeployedFleet, stack: string): Template {
  const template = templates.get(stack);
  if (template === undefined) throw new Error(`there is no stack ${stack}`);
  return template;
}

const ruleTargetsOf = (template: Template): string[] =>
  Object.values(template.Resources).flatMap((resource) => functionTargets(resource, template));

/** Of the template's event source mapping, which must be as this harness plays it. */
function batchSizeOf({ Resources }: Template): number {
  const mapping = Object.values(Resources).find(({ Type }) => Type === 'AWS::Lambda::EventSourceMapping');
  const { BatchSize, FunctionResponseTypes } = mapping?.Properties ?? {};
  if (
    typeof BatchSize !== 'number' ||
    JSON.stringify(FunctionResponseTypes) !== '["ReportBatchItemFailures"]'
  ) {
    throw new Error(`the event source mapping is not as expected: ${JSON.stringify(mapping)}`);
  }
  return BatchSize;
}
