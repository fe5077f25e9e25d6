import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { RemovalPolicy } from 'aws-cdk-lib';
import { Architecture, Code, LayerVersion, Runtime } from 'aws-cdk-lib/aws-lambda';
import { Construct } from 'constructs';

const fileName = 'fleet.json';

export interface FleetFileLayerProps {
  readonly name: string;
  readonly content: Readonly<Record<string, unknown>>;
  /** A folder for this file alone. */
  readonly folder: string;
}

/** A part of fleet.yaml for a function, as a JSON file in a layer: it may outgrow a function's environment. */
export class FleetFileLayer extends Construct {
  readonly layer: LayerVersion;
  /** Where the function finds it. */
  readonly environment = { FLEET_FILE: `/opt/${fileName}` };

  constructor(scope: Construct, id: string, { name, content, folder }: FleetFileLayerProps) {
    super(scope, id);
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, fileName), JSON.stringify(content));
    this.layer = new LayerVersion(this, 'Layer', {
      layerVersionName: name,
      description: 'A part of fleet.yaml.',
      code: Code.fromAsset(folder),
      compatibleRuntimes: [Runtime.NODEJS_24_X],
      compatibleArchitectures: [Architecture.ARM_64],
      removalPolicy: RemovalPolicy.DESTROY,
    });
  }
}
