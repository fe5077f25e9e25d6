import { join } from 'node:path';
import type { LabStatus } from '#scripts/lab/lab-status.ts';
import { type RunningBundle, runBundle } from '#scripts/lambda/run-bundle.ts';
import type { AwsGate } from './aws-gate.ts';
import type { DeployedFleet } from './deploy-fleet.ts';
import { deployedFunction, statementsOfRole } from './emulator-calls.ts';
import type { Template, TemplateResource } from './gateway-routes.ts';

export interface RunFunctionsOptions {
  readonly deployed: DeployedFleet;
  readonly emulatorUrl: string;
  readonly region: string;
  readonly gate: AwsGate;
  readonly lab: LabStatus;
  /** Gets what the functions log. */
  readonly print: (text: string) => void;
}

/**
 * Every function of the templates under the runtime interface client: its bundle from the cloud assembly, its
 * environment and role as they were deployed.
 */
export async function runFunctions(options: RunFunctionsOptions): Promise<Map<string, RunningBundle>> {
  const found = [...options.deployed.templates.values()].flatMap((template) =>
    Object.values(template.Resources)
      .filter(({ Type }) => Type === 'AWS::Lambda::Function')
      .map((resource) => ({ resource, template })),
  );
  const running = await Promise.all(
    found.map(async ({ resource, template }) => {
      const name = String(resource.Properties?.['FunctionName']);
      return [name, await runOne(name, resource, template, options)] as const;
    }),
  );
  return new Map(running);
}

async function runOne(
  name: string,
  resource: TemplateResource,
  template: Template,
  { deployed, emulatorUrl, region, gate, lab, print }: RunFunctionsOptions,
): Promise<RunningBundle> {
  const { environment, handler, roleName, timeoutSeconds } = await deployedFunction(
    emulatorUrl,
    region,
    name,
  );
  if (handler !== 'index.handler') throw new Error(`${name}: the handler is ${handler}`);
  const accessKeyId = accessKeyOf(name);
  gate.admit(accessKeyId, {
    name,
    statements: await statementsOfRole(emulatorUrl, roleName),
    variables: {},
    expiresAt: Infinity,
  });
  const layer = layerFolder(resource, template, deployed.assembly);
  return runBundle({
    name,
    folder: assetFolder(resource, deployed.assembly),
    ricProgram: lab.lambdaRic.program,
    env: {
      ...environment,
      // The layer is not unpacked to /opt, which is this machine's own.
      ...(environment['FLEET_FILE'] !== undefined && {
        FLEET_FILE: environment['FLEET_FILE'].replace(/^\/opt/, layer ?? '/opt'),
      }),
      AWS_REGION: region,
      AWS_ACCESS_KEY_ID: accessKeyId,
      AWS_SECRET_ACCESS_KEY: 'test-only',
      AWS_SESSION_TOKEN: 'test-only',
      AWS_ENDPOINT_URL: gate.url,
    },
    timeoutMs: timeoutSeconds * 1000,
    print,
  });
}

/** By which the gate knows the function. */
export function accessKeyOf(functionName: string): string {
  return `ASIATESTONLY${functionName.replaceAll(/\W/g, '').toUpperCase()}`;
}

function layerFolder(resource: TemplateResource, template: Template, assembly: string): string | undefined {
  const [layer] = (resource.Properties?.['Layers'] ?? []) as { Ref: string }[];
  const found = layer === undefined ? undefined : template.Resources[layer.Ref];
  return found === undefined ? undefined : assetFolder(found, assembly);
}

/** The CDK names an asset's folder and its archive by the same hash. */
function assetFolder({ Properties = {} }: TemplateResource, assembly: string): string {
  const { S3Key } = (Properties['Code'] ?? Properties['Content']) as { S3Key: string };
  return join(assembly, `asset.${S3Key.replace(/\.zip$/, '')}`);
}
