import { Duration, Stack } from 'aws-cdk-lib';
import { type CfnStage, WebSocketApi, WebSocketStage } from 'aws-cdk-lib/aws-apigatewayv2';
import { WebSocketLambdaIntegration } from 'aws-cdk-lib/aws-apigatewayv2-integrations';
import { Rule, RuleTargetInput, Schedule } from 'aws-cdk-lib/aws-events';
import { LambdaFunction } from 'aws-cdk-lib/aws-events-targets';
import { Construct } from 'constructs';
import type { NodeFunction } from './node-function.ts';

export interface ConsoleGatewayProps {
  readonly name: string;
  /** The function behind every route; the gateway's own address is written into its environment. */
  readonly relay: NodeFunction;
  readonly ruleName: string;
}

const stageName = 'v1';
const sweepPeriod = Duration.minutes(1);

/**
 * The WebSocket API that both sides of a console dial into: `$connect` lets in by a one-time ticket, everything else
 * is a frame. The relay may post to the connections of this API and close them, and of no other.
 */
export class ConsoleGateway extends Construct {
  /** `wss://…/v1` */
  readonly url: string;
  readonly #api: WebSocketApi;

  constructor(scope: Construct, id: string, { name, relay, ruleName }: ConsoleGatewayProps) {
    super(scope, id);
    const integration = () => ({ integration: new WebSocketLambdaIntegration('Relay', relay.lambda) });
    this.#api = new WebSocketApi(this, 'Api', {
      apiName: name,
      description: 'The two sides of console sessions.',
      connectRouteOptions: integration(),
      disconnectRouteOptions: integration(),
      defaultRouteOptions: integration(),
    });
    const stage = new WebSocketStage(this, 'Stage', {
      webSocketApi: this.#api,
      stageName,
      autoDeploy: true,
    });
    const cfnStage = stage.node.defaultChild as CfnStage;
    cfnStage.defaultRouteSettings = {
      throttlingRateLimit: 1000,
      throttlingBurstLimit: 1000,
      // Its log would have what is typed and shown in it.
      dataTraceEnabled: false,
      loggingLevel: 'OFF',
    };
    this.url = stage.url;
    relay.lambda.addEnvironment('CONNECTIONS_URL', stage.callbackUrl);
    relay.allow({
      sid: 'SendToAndCloseConnections',
      actions: ['execute-api:ManageConnections'],
      resources: this.connectionArns(),
    });
    new Rule(this, 'SweepRule', {
      ruleName,
      description: 'Lets console-relay end the sessions whose sides stay away.',
      schedule: Schedule.rate(sweepPeriod),
      // A run that failed is made up for by the next one.
      targets: [
        new LambdaFunction(relay.lambda, {
          event: RuleTargetInput.fromObject({ sweep: true }),
          retryAttempts: 0,
          maxEventAge: sweepPeriod,
        }),
      ],
    });
    relay.lambda.configureAsyncInvoke({ retryAttempts: 0, maxEventAge: sweepPeriod });
  }

  /** Posting to a connection, and closing it. */
  connectionArns(): string[] {
    return ['POST', 'DELETE'].map((method) =>
      Stack.of(this).formatArn({
        service: 'execute-api',
        resource: this.#api.apiId,
        resourceName: `${stageName}/${method}/@connections/*`,
      }),
    );
  }
}
