import type { Fleet } from '#core/fleet/fleet.ts';
import type { ResourceNames } from '#core/fleet/resource-names.ts';
import type { Cloud } from '../cloud/cloud.ts';

export interface Check {
  /** What was looked at: `stack odoopbx-platform`. */
  readonly name: string;
  readonly state: 'ok' | 'warn' | 'fail';
  readonly message: string;
  /** The next step, where one is needed. */
  readonly next?: string;
}

export interface Examined {
  /** Only the tenants and PBXs that were asked for. */
  readonly tenants: Fleet['tenants'];
  readonly fleet: Fleet;
  readonly names: ResourceNames;
  readonly cloud: Cloud;
  /** Unix seconds. */
  readonly now: number;
  /** Of this checkout. */
  readonly version: string;
}

/** Looks at one side of the fleet. Rejects only when AWS does not answer. */
export type Examine = (examined: Examined) => Promise<Check[]>;

/** One line for what is well with all, one each for what is not. */
export function summed(name: string, well: string, bad: readonly Check[]): Check[] {
  return bad.length === 0 ? [{ name, state: 'ok', message: well }] : [...bad];
}
