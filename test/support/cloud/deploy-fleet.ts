import { CloudFormationClient, ListStackResourcesCommand } from '@aws-sdk/client-cloudformation';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { createFleetApp } from '#lib/app.ts';
import type { Bundles } from '#lib/deployment.ts';
import { run } from '#scripts/lab/run.ts';
import type { Fleet } from '#core/fleet/fleet.ts';
import { emulatorClient, emulatorCredentials } from './emulator-calls.ts';
import type { Template } from './gateway-routes.ts';
import { forMoto } from './moto-differences.ts';

const checkout = resolve(import.meta.dirname, '../../..');
const cdk = join(checkout, 'lib/node_modules/aws-cdk/bin/cdk');

/** moto's own. */
export const account = '123456789012';

/**
 * Types that moto passes over in silence. Whatever else is missing after a deployment is an error: a test would
 * look at a platform that lacks a part.
 */
const notOnMoto: ReadonlySet<string> = new Set([
  'AWS::ApiGatewayV2::Api',
  'AWS::ApiGatewayV2::Integration',
  'AWS::ApiGatewayV2::Route',
  'AWS::ApiGatewayV2::Stage',
  'AWS::CDK::Metadata',
  'AWS::CloudWatch::Alarm',
  'AWS::Lambda::EventInvokeConfig',
  'AWS::Logs::MetricFilter',
  'AWS::SNS::Subscription',
  'AWS::SNS::TopicPolicy',
  'AWS::SQS::QueuePolicy',
]);

export interface DeployedFleet {
  /** The templates by stack, as they were synthesised, before they were made fit for moto. */
  readonly templates: ReadonlyMap<string, Template>;
  /** The cloud assembly: templates, bundles and layers. */
  readonly assembly: string;
  /** What was left out, by type. */
  readonly skipped: Readonly<Record<string, number>>;
}

/** `cdk bootstrap` and `cdk deploy` of the fleet's own stacks, to the emulator. */
export async function deployFleet(
  fleet: Fleet,
  bundles: Bundles,
  emulatorUrl: string,
  apiUrl: string,
  outdir: string,
): Promise<DeployedFleet> {
  createFleetApp(fleet, { bundles, outdir, account, checks: false }).synth();
  const templates = new Map<string, Template>();
  for (const file of readdirSync(outdir).filter((name) => name.endsWith('.template.json'))) {
    const template = JSON.parse(readFileSync(join(outdir, file), 'utf8')) as Template;
    templates.set(file.replace('.template.json', ''), template);
    writeFileSync(join(outdir, file), JSON.stringify(forMoto(template, apiUrl)));
  }
  const { region } = fleet.platform;
  const env = {
    AWS_ENDPOINT_URL: emulatorUrl,
    AWS_ACCESS_KEY_ID: emulatorCredentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: emulatorCredentials.secretAccessKey,
    AWS_REGION: region,
    CDK_DISABLE_VERSION_CHECK: '1',
  };
  const cli = (...args: string[]) =>
    run([process.execPath, cdk, ...args, '--no-notices', '--no-version-reporting'], { cwd: outdir, env });
  await cli('bootstrap', `aws://${account}/${region}`);
  await cli('deploy', '--all', '--app', outdir, '--method=direct', '--require-approval=never', '--ci');
  return { templates, assembly: outdir, skipped: await skippedTypes(templates, emulatorUrl, region) };
}

async function skippedTypes(
  templates: DeployedFleet['templates'],
  emulatorUrl: string,
  region: string,
): Promise<Record<string, number>> {
  const cloudformation = new CloudFormationClient(emulatorClient(emulatorUrl, region));
  const skipped: Record<string, number> = {};
  for (const [stack, template] of templates) {
    const present = await deployedIds(cloudformation, stack);
    for (const [id, { Type }] of Object.entries(template.Resources)) {
      if (present.has(id)) continue;
      if (!notOnMoto.has(Type)) throw new Error(`${stack}: ${id} (${Type}) was not deployed`);
      skipped[Type] = (skipped[Type] ?? 0) + 1;
    }
  }
  return skipped;
}

async function deployedIds(cloudformation: CloudFormationClient, StackName: string): Promise<Set<string>> {
  const ids = new Set<string>();
  let NextToken: string | undefined;
  do {
    const page = await cloudformation.send(new ListStackResourcesCommand({ StackName, NextToken }));
    for (const { LogicalResourceId } of page.StackResourceSummaries ?? []) ids.add(LogicalResourceId ?? '');
    NextToken = page.NextToken;
  } while (NextToken !== undefined);
  return ids;
}
