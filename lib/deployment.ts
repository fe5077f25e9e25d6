import type { Fleet } from '../core/fleet/fleet.ts';
import type { ResourceNames } from '../core/fleet/resource-names.ts';
import { OdoopbxError } from '../core/errors/odoopbx-error.ts';
import type { LambdaBundle } from './bundle/bundle-lambdas.ts';

export type Bundles = ReadonlyMap<string, Pick<LambdaBundle, 'folder'>>;

/** What every stack is made from. */
export interface Deployment {
  readonly fleet: Fleet;
  readonly names: ResourceNames;
  readonly bundles: Bundles;
  /** A folder for what goes into layers; in the cloud assembly, so that it lasts as long. */
  readonly fleetFilesFolder: string;
}

/** The bundle of `lambdas/<name>`; fails where nobody made it. */
export function bundleOf({ bundles }: Deployment, name: string): Pick<LambdaBundle, 'folder'> {
  const bundle = bundles.get(name);
  if (bundle) return bundle;
  throw new OdoopbxError('CONFIG_INVALID', `there is no bundle of lambdas/${name}: it has no handler.ts`);
}
