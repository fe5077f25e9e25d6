import type { Construct } from 'constructs';
import { NodeFunction, type NodeFunctionProps } from './constructs/node-function.ts';
import { type Deployment, bundleOf } from './deployment.ts';

export interface DeployedFunctionProps extends Omit<NodeFunctionProps, 'bundle' | 'logDays' | 'tracing'> {
  /** The folder in lambdas/. */
  readonly lambda: string;
}

/** A function of lambdas/ with what fleet.yaml says of all functions. */
export function deployedFunction(
  scope: Construct,
  deployment: Deployment,
  { lambda, environment, ...props }: DeployedFunctionProps,
): NodeFunction {
  const { name, logDays, tracing } = deployment.fleet.platform;
  return new NodeFunction(scope, lambda, {
    ...props,
    bundle: bundleOf(deployment, lambda),
    logDays,
    tracing,
    environment: { PLATFORM: name, ...environment },
  });
}
