/** The board's HTTP API. It admits everybody: the function itself checks whose each request is. */
import { CfnOutput, Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { AccessLogFormat } from 'aws-cdk-lib/aws-apigateway';
import { HttpApi as GatewayApi, HttpMethod, HttpStage, LogGroupLogDestination } from 'aws-cdk-lib/aws-apigatewayv2';
import { HttpLambdaIntegration } from 'aws-cdk-lib/aws-apigatewayv2-integrations';
import { Metric, Stats } from 'aws-cdk-lib/aws-cloudwatch';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import { failureShare } from '../platform/alarm-metrics.ts';
import type { Graph } from '../platform/dashboard.ts';
import type { Foundation } from '../platform/foundation.ts';
import type { ServiceFunction } from '../platform/service-function.ts';
import { suppressNag } from '../platform/suppress-nag.ts';

/** What is logged of a request. Not its path, which has the ids of contacts: who looked at which is in the audit log. */
const ACCESS_LOG = {
  requestId: '$context.requestId',
  time: '$context.requestTime',
  route: '$context.routeKey',
  status: '$context.status',
  latencyMillis: '$context.responseLatency',
};

/** An open page asks every five seconds; so many people's pages, and a page's files when it is opened. */
const PEOPLE_PER_SECOND = 20;
/** A wall asks every five seconds, and several when all begin anew at once. */
const WALL_PER_SECOND = 1;

export interface BoardApiProps {
  readonly foundation: Foundation;
  /** The number of walls. */
  readonly walls: number;
}

export class BoardApi extends Construct {
  /** Its address, without a path. */
  readonly url: string;
  private readonly api: GatewayApi;
  private readonly stage: HttpStage;
  private readonly foundation: Foundation;

  constructor(scope: Construct, id: string, { foundation, walls }: BoardApiProps) {
    super(scope, id);
    this.foundation = foundation;
    this.api = new GatewayApi(this, 'Api', { apiName: `${foundation.prefix}-board`, createDefaultStage: false });
    const log = new LogGroup(this, 'Log', { retention: foundation.config.logRetentionDays, removalPolicy: RemovalPolicy.DESTROY });
    const rateLimit = PEOPLE_PER_SECOND + walls * WALL_PER_SECOND;
    this.stage = new HttpStage(this, 'Stage', {
      httpApi: this.api,
      autoDeploy: true,
      accessLogSettings: { destination: new LogGroupLogDestination(log), format: AccessLogFormat.custom(JSON.stringify(ACCESS_LOG)) },
      throttle: { rateLimit, burstLimit: 2 * rateLimit },
    });
    const { region, urlSuffix } = Stack.of(this);
    this.url = `https://${this.api.apiId}.execute-api.${region}.${urlSuffix}`;
    new CfnOutput(this, 'Url', { value: this.url, description: 'The live board' });
  }

  /** Has every request answered by a function. */
  answerWith(target: ServiceFunction): void {
    const integration = new HttpLambdaIntegration('BoardIntegration', target.function);
    for (const path of ['/', '/{proxy+}']) {
      for (const route of this.api.addRoutes({ path, methods: [HttpMethod.ANY], integration })) {
        suppressNag(route, 'The function checks the token of each request, and leads who has none to the sign-in', 'AwsSolutions-APIG4');
      }
    }
  }

  /** When too many requests are answered with 5xx. */
  failureShare() {
    return failureShare(this.foundation.config, { failed: this.sum('5xx'), all: this.sum('Count') });
  }

  /** Its graph for the dashboard row. */
  graph(): Graph {
    return { title: 'requests', left: [this.sum('Count')], right: [this.sum('4xx'), this.sum('5xx')] };
  }

  private sum(metricName: string): Metric {
    const dimensionsMap = { ApiId: this.api.apiId, Stage: this.stage.stageName };
    return new Metric({ namespace: 'AWS/ApiGateway', metricName, statistic: Stats.SUM, period: Duration.minutes(5), dimensionsMap });
  }
}
