/** The deployment's HTTP API, for callers that sign their requests (IAM). */
import { CfnOutput, RemovalPolicy } from 'aws-cdk-lib';
import { AccessLogFormat } from 'aws-cdk-lib/aws-apigateway';
import { HttpApi as GatewayApi, HttpMethod, HttpRoute, HttpRouteKey, HttpStage, LogGroupLogDestination } from 'aws-cdk-lib/aws-apigatewayv2';
import { HttpIamAuthorizer } from 'aws-cdk-lib/aws-apigatewayv2-authorizers';
import { HttpLambdaIntegration } from 'aws-cdk-lib/aws-apigatewayv2-integrations';
import { Metric, Stats } from 'aws-cdk-lib/aws-cloudwatch';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import type { Config } from '../config.ts';
import type { Foundation } from './foundation.ts';
import { failureShare } from './alarm-metrics.ts';
import type { Instance } from './instance.ts';
import type { ServiceFunction } from './service-function.ts';

/** What is logged of a request. Not its path, which may hold a phone number. */
const ACCESS_LOG = {
  requestId: '$context.requestId',
  time: '$context.requestTime',
  route: '$context.routeKey',
  status: '$context.status',
  caller: '$context.identity.caller',
  latencyMillis: '$context.responseLatency',
};

export class HttpApi extends Construct {
  private readonly api: GatewayApi;
  private readonly stage: HttpStage;
  private readonly config: Config;

  constructor(scope: Construct, id: string, foundation: Foundation) {
    super(scope, id);
    const { config, prefix } = foundation;
    this.config = config;
    this.api = new GatewayApi(this, 'Api', { apiName: prefix, createDefaultStage: false });
    const log = new LogGroup(this, 'Log', { retention: config.logRetentionDays, removalPolicy: RemovalPolicy.DESTROY });
    this.stage = new HttpStage(this, 'Stage', {
      httpApi: this.api,
      autoDeploy: true,
      accessLogSettings: { destination: new LogGroupLogDestination(log), format: AccessLogFormat.custom(JSON.stringify(ACCESS_LOG)) },
      // Failures are told by route.
      detailedMetricsEnabled: true,
      throttle: { rateLimit: 100, burstLimit: 200 },
    });
    new CfnOutput(this, 'Url', { value: this.stage.url, description: 'The HTTP API; requests are signed (SigV4) with execute-api:Invoke' });
  }

  /** Has GET requests of this path answered by a function, which may be one instance's alone. */
  get(path: string, target: ServiceFunction, instance?: Instance): void {
    new HttpRoute(instance?.within(this.api) ?? this.api, `GET${path}`, {
      httpApi: this.api,
      routeKey: HttpRouteKey.with(path, HttpMethod.GET),
      integration: new HttpLambdaIntegration(`${target.node.id}Integration`, target.function),
      authorizer: new HttpIamAuthorizer(),
    });
  }

  /** When too many GET requests of this path are answered with 5xx. */
  failureShare(path: string) {
    const dimensionsMap = { ApiId: this.api.apiId, Stage: this.stage.stageName, Method: HttpMethod.GET, Resource: path };
    const sum = (metricName: string) => new Metric({ namespace: 'AWS/ApiGateway', metricName, statistic: Stats.SUM, dimensionsMap });
    return failureShare(this.config, { failed: sum('5xx'), all: sum('Count') });
  }
}
