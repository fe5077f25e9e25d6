import { relative, sep } from 'node:path';
import { resourceNames, type ResourceNames } from '#core/fleet/resource-names.ts';
import type { Cloud } from './cloud/cloud.ts';
import { type FleetFile, readFleetFile } from './fleet-file/read-fleet-file.ts';
import { Output } from './terminal/output.ts';
import type { World } from './world.ts';

/** What a command works with. */
export interface Context {
  readonly world: World;
  readonly output: Output;
  /** Where fleet.yaml is, or will be. */
  readonly fleetPath: string;
  /** The same as the operator calls it: short where it is in the working folder. */
  readonly fleetName: string;
  /** Reads and validates fleet.yaml. Throws CONFIG_INVALID with every problem. */
  readonly fleetFile: () => FleetFile;
  readonly names: () => ResourceNames;
  readonly cloud: () => Promise<Cloud>;
}

export function createContext(world: World, fleetPath: string, json: boolean): Context {
  const fleetName = fleetPath.startsWith(`${world.cwd}${sep}`) ? relative(world.cwd, fleetPath) : fleetPath;
  let file: FleetFile | undefined;
  let cloud: Promise<Cloud> | undefined;
  const fleetFile = (): FleetFile => (file ??= readFleetFile(fleetPath, fleetName));
  return {
    world,
    output: new Output(world, json),
    fleetPath,
    fleetName,
    fleetFile,
    names: () => resourceNames(fleetFile().fleet.platform.name),
    cloud: () => (cloud ??= world.connect(fleetFile().fleet.platform)),
  };
}
