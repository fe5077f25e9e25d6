/** The CDK app: `npx cdk deploy` runs it (cdk.json) and takes the stacks that it makes of fleet.yaml. */
import { join } from 'node:path';
import { messageOf } from '#core/errors/odoopbx-error.ts';
import { createFleetApp } from '#lib/app.ts';
import { bundleLambdas } from '#lib/bundle/bundle-lambdas.ts';
import { readFleetFile } from './odoopbx/fleet-file/read-fleet-file.ts';

/** `-c fleet=…` of the CDK's CLI, which hands the context on in the environment; else FLEET_FILE. */
function fleetPath({ CDK_CONTEXT_JSON = '{}', FLEET_FILE }: NodeJS.ProcessEnv): string {
  const { fleet } = JSON.parse(CDK_CONTEXT_JSON) as { fleet?: unknown };
  return typeof fleet === 'string' ? fleet : (FLEET_FILE ?? 'fleet.yaml');
}

try {
  const { fleet } = readFleetFile(fleetPath(process.env));
  const bundles = await bundleLambdas(join(import.meta.dirname, '../dist/lambdas'));
  const account = process.env['CDK_DEFAULT_ACCOUNT'];
  createFleetApp(fleet, { bundles, ...(account !== undefined && { account }) }).synth();
} catch (error) {
  console.error(messageOf(error));
  process.exitCode = 1;
}
