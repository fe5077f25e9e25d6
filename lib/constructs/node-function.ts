import { type Duration, RemovalPolicy } from 'aws-cdk-lib';
import { PolicyStatement, type PolicyStatementProps, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import {
  Architecture,
  Code,
  Function as Lambda,
  type ILayerVersion,
  LoggingFormat,
  Runtime,
  Tracing,
} from 'aws-cdk-lib/aws-lambda';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import type { Queue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import type { LambdaBundle } from '../bundle/bundle-lambdas.ts';
import { retentionOf } from './log-retention.ts';

export interface NodeFunctionProps {
  readonly name: string;
  readonly description: string;
  /** What lib/bundle made of `lambdas/<name>`: a folder with `index.mjs`, which exports `handler`. */
  readonly bundle: Pick<LambdaBundle, 'folder'>;
  readonly environment: Record<string, string>;
  readonly timeout: Duration;
  readonly logDays: number;
  readonly tracing: boolean;
  readonly layers?: ILayerVersion[];
  /** Where an event goes that the function failed on; for functions that nobody waits for. */
  readonly deadLetters?: Queue;
}

const memoryMb = 256;

/**
 * A function of ours: Node.js 24 on arm64, traced, logging JSON into a group that forgets, with a role of its own
 * that may do nothing but log and trace until `allow` says what else.
 */
export class NodeFunction extends Construct {
  readonly lambda: Lambda;

  constructor(scope: Construct, id: string, props: NodeFunctionProps) {
    super(scope, id);
    const { name, description } = props;
    const logGroup = new LogGroup(this, 'Log', {
      logGroupName: `/aws/lambda/${name}`,
      retention: retentionOf(props.logDays),
      removalPolicy: RemovalPolicy.DESTROY,
    });
    const role = new Role(this, 'Role', {
      assumedBy: new ServicePrincipal('lambda.amazonaws.com'),
      description: `What ${name} may do.`,
    });
    this.lambda = new Lambda(this, 'Function', {
      functionName: name,
      description,
      code: Code.fromAsset(props.bundle.folder),
      handler: 'index.handler',
      runtime: Runtime.NODEJS_24_X,
      architecture: Architecture.ARM_64,
      memorySize: memoryMb,
      timeout: props.timeout,
      environment: { NODE_OPTIONS: '--enable-source-maps', ...props.environment },
      tracing: props.tracing ? Tracing.ACTIVE : Tracing.DISABLED,
      loggingFormat: LoggingFormat.JSON,
      logGroup,
      role,
      ...(props.layers && { layers: props.layers }),
      ...(props.deadLetters && { deadLetterQueue: props.deadLetters }),
    });
    this.allow({
      sid: 'Log',
      actions: ['logs:CreateLogStream', 'logs:PutLogEvents'],
      resources: [logGroup.logGroupArn],
    });
  }

  /** Actions and resources by their full names; a wildcard needs a reason in acknowledged-findings.ts. */
  allow(statement: PolicyStatementProps): void {
    this.lambda.addToRolePolicy(new PolicyStatement(statement));
  }
}
