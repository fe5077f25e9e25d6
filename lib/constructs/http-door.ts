import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import { AccessLogFormat } from 'aws-cdk-lib/aws-apigateway';
import {
  type CfnStage,
  HttpApi,
  type HttpMethod,
  HttpStage,
  LogGroupLogDestination,
} from 'aws-cdk-lib/aws-apigatewayv2';
import { HttpLambdaIntegration } from 'aws-cdk-lib/aws-apigatewayv2-integrations';
import { Metric } from 'aws-cdk-lib/aws-cloudwatch';
import type { Function as Lambda } from 'aws-cdk-lib/aws-lambda';
import {
  FilterPattern,
  type IFilterPattern,
  type JsonPattern,
  LogGroup,
  MetricFilter,
} from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import { retentionOf } from './log-retention.ts';

export interface DoorRoute {
  /** `POST /enroll` */
  readonly route: string;
  readonly to: Lambda;
  /** Requests a second in the long run, and at once. */
  readonly rate: number;
  readonly burst: number;
}

export interface HttpDoorProps {
  readonly platform: string;
  readonly name: string;
  readonly accessLog: string;
  readonly logDays: number;
  readonly routes: readonly DoorRoute[];
}

/** One line of the access log. The route, not the path: the path of a webhook ends in a PBX's key. */
const logged = {
  at: '$context.requestTime',
  requestId: '$context.requestId',
  route: '$context.routeKey',
  status: '$context.status',
  ip: '$context.identity.sourceIp',
  bytes: '$context.responseLength',
  ms: '$context.responseLatency',
  integrationStatus: '$context.integrationStatus',
};

/** An HTTP API whose routes are throttled one by one. Who may come in is decided behind it. */
export class HttpDoor extends Construct {
  /** `https://…`, without a slash at its end. */
  readonly url: string;
  /** How many answers said that something of ours fails; 503 is not among them: that is a PBX offline. */
  readonly failures: Metric;
  /** How often a route but the most throttled one was too busy. */
  readonly throttled: Metric;
  readonly #platform: string;

  constructor(scope: Construct, id: string, props: HttpDoorProps) {
    super(scope, id);
    const { platform, name, accessLog, logDays, routes } = props;
    this.#platform = platform;
    const api = new HttpApi(this, 'Api', { apiName: name, createDefaultStage: false });
    const integrations = new Map(
      routes.map(({ to }) => [to, new HttpLambdaIntegration(to.node.path, to)] as const),
    );
    const added = routes.flatMap(({ route, to }) => {
      const [method = '', path = ''] = route.split(' ');
      const integration = integrations.get(to);
      return integration ? api.addRoutes({ path, methods: [method as HttpMethod], integration }) : [];
    });
    const log = new LogGroup(this, 'AccessLog', {
      logGroupName: accessLog,
      retention: retentionOf(logDays),
      removalPolicy: RemovalPolicy.DESTROY,
    });
    const stage = new HttpStage(this, 'Stage', {
      httpApi: api,
      stageName: '$default',
      autoDeploy: true,
      throttle: { rateLimit: 1, burstLimit: 1 },
      accessLogSettings: {
        destination: new LogGroupLogDestination(log),
        format: AccessLogFormat.custom(JSON.stringify({ platform, ...logged })),
      },
    });
    const cfnStage = stage.node.defaultChild as CfnStage;
    cfnStage.routeSettings = Object.fromEntries(
      routes.map(({ route, rate, burst }) => [
        route,
        // CloudFormation passes them on as they are written here.
        { ThrottlingRateLimit: rate, ThrottlingBurstLimit: burst },
      ]),
    );
    // A setting of a route that is not there yet is refused.
    stage.node.addDependency(...added);
    this.failures = this.#count(
      log,
      'ApiFailures',
      FilterPattern.any(...['500', '502', '504'].map((status) => statusIs(status))),
    );
    const strictest = routes.toSorted((a, b) => a.rate - b.rate)[0]?.route ?? '';
    this.throttled = this.#count(
      log,
      'ApiThrottled',
      // Who tries enrolment codes at random is refused, and nobody needs to get up for it.
      FilterPattern.all(statusIs('429'), FilterPattern.stringValue('$.route', '!=', strictest)),
    );
    this.url = api.apiEndpoint;
  }
  #count(logGroup: LogGroup, metricName: string, filterPattern: IFilterPattern): Metric {
    const namespace = 'OdooPBX';
    new MetricFilter(this, metricName, {
      metricNamespace: namespace,
      metricName,
      logGroup,
      filterPattern,
      dimensions: { platform: '$.platform' },
    });
    return new Metric({
      namespace,
      metricName,
      dimensionsMap: { platform: this.#platform },
      statistic: 'Sum',
      period: Duration.minutes(5),
    });
  }
}

function statusIs(status: string): JsonPattern {
  return FilterPattern.stringValue('$.status', '=', status);
}
