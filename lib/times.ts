import { Duration } from 'aws-cdk-lib';
import type { FleetOdoo } from '../core/fleet/fleet.ts';

/** So many calls to Odoo fit into one invocation of route-events, each with the 2 s that it keeps in reserve. */
const callsPerInvocation = 3;
const reserveSeconds = 2;
const startSeconds = 10;
const lambdaLimit = 900;

/** Until route-events must be done with the messages it got. */
export function routeEventsTimeout({ timeoutSeconds }: Pick<FleetOdoo, 'timeoutSeconds'>): Duration {
  const wanted = callsPerInvocation * (timeoutSeconds + reserveSeconds) + startSeconds;
  return Duration.seconds(Math.min(lambdaLimit, Math.ceil(wanted)));
}

/**
 * How long messages are out of sight that route-events got. Lambda asks for no less than the function's time-out.
 * AWS advises six times as much, for functions that run in parallel and throttle one another; an inbox is one
 * message group, worked on by one invocation at a time, and after a crash nothing moves until this time is over.
 */
export function inboxVisibility(odoo: Pick<FleetOdoo, 'timeoutSeconds'>): Duration {
  return routeEventsTimeout(odoo).plus(Duration.seconds(30));
}

/** All that SQS gives: what waits there must outlast the longest outage of an Odoo, and the latest deadline of a job. */
export const longestRetention = Duration.days(14);
