import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { App, Tags, Validations } from 'aws-cdk-lib';
import { AwsSolutionsChecks } from 'cdk-nag';
import * as z from 'zod';
import type { Fleet } from '../core/fleet/fleet.ts';
import { resourceNames } from '../core/fleet/resource-names.ts';
import { acknowledgeFindings } from './acknowledged-findings.ts';
import { ApiStack } from './api-stack.ts';
import type { Bundles, Deployment } from './deployment.ts';
import { PlatformStack } from './platform-stack.ts';
import { TenantStack } from './tenant-stack.ts';

export interface FleetAppOptions {
  /** What lib/bundle made of each folder of lambdas/. */
  readonly bundles: Bundles;
  /** Default: where the CDK's CLI wants it, or a temporary folder. */
  readonly outdir?: string;
  /** The account where fleet.yaml names none; default: whichever the credentials at deployment are of. */
  readonly account?: string;
  /** The built-in validation and cdk-nag; false saves time where a test looks at other things. */
  readonly checks?: boolean;
  /** A last word on the constructs before they are written: an emulator needs some resources otherwise. */
  readonly decorate?: (app: App) => void;
}

/** The CDK app of a fleet: the platform's stack, the API's, one per tenant. `synth()` writes it. */
export function createFleetApp(fleet: Fleet, options: FleetAppOptions): App {
  const { bundles, outdir, checks = true, decorate } = options;
  const app = new App({
    ...(outdir !== undefined && { outdir }),
    context: cdkContext(),
    analyticsReporting: false,
    builtinCloudFormationValidation: checks,
  });
  const { platform } = fleet;
  const names = resourceNames(platform.name);
  const fleetFilesFolder = join(app.outdir, 'fleet-files');
  const deployment: Deployment = { fleet, names, bundles, fleetFilesFolder };
  const account = platform.account ?? options.account;
  const env = { region: platform.region, ...(account !== undefined && { account }) };

  const platformStack = new PlatformStack(app, names.platformStack, deployment, {
    env,
    description: `OdooPBX ${platform.name}: what all tenants share.`,
  });
  const api = new ApiStack(app, names.apiStack, deployment, {
    env,
    description: `OdooPBX ${platform.name}: the HTTP API and the console's WebSocket API.`,
  });
  const tenants = Object.keys(fleet.tenants).map((tenant) => {
    const description = `OdooPBX ${platform.name}: tenant ${tenant}.`;
    const stack = new TenantStack(app, names.tenantStack(tenant), deployment, { env, description, tenant });
    Tags.of(stack).add('odoopbx:tenant', tenant);
    return stack;
  });
  // Known by name, but there first.
  for (const stack of [api, ...tenants]) stack.addStackDependency(platformStack);

  Tags.of(app).add('odoopbx:platform', platform.name);
  for (const [key, value] of Object.entries(platform.tags)) Tags.of(app).add(key, value);
  decorate?.(app);
  if (checks) {
    Validations.of(app).addPlugins(new AwsSolutionsChecks(app));
    acknowledgeFindings(app, names, (stack) => (stack instanceof TenantStack ? stack.tenant : ''));
  }
  return app;
}

/** The settings that cdk.json gives the CDK's CLI, so that every way to make the app makes the same templates. */
function cdkContext(): Record<string, unknown> {
  const text = readFileSync(join(import.meta.dirname, '../cdk.json'), 'utf8');
  return z.object({ context: z.record(z.string(), z.unknown()) }).parse(JSON.parse(text)).context;
}
