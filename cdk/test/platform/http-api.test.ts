import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Match } from 'aws-cdk-lib/assertions';
import { actions, FULL, SAMPLE, template } from '../support.ts';

test('every route asks for a signature', () => {
  const all = Object.values(template(FULL).findResources('AWS::ApiGatewayV2::Route')).map(({ Properties }) => Properties);
  // The board's function checks whose each request is.
  const routes = all.filter(({ RouteKey }) => !RouteKey.startsWith('ANY '));
  assert.deepEqual(routes.map(({ RouteKey }) => RouteKey).sort(), ['GET /api/user/{phone}', 'GET /data-check']);
  for (const { AuthorizationType, RouteKey } of routes) assert.equal(AuthorizationType, 'AWS_IAM', RouteKey);
});

test('5xx of the directory ring; those of the freshness check are its answer', () => {
  const routes = Object.values(template(FULL).findResources('AWS::CloudWatch::Alarm')).flatMap(({ Properties }) => Properties.Metrics ?? [])
    .filter(({ MetricStat }) => MetricStat?.Metric.MetricName === '5xx')
    .map(({ MetricStat }) => MetricStat.Metric.Dimensions.find(({ Name }: { Name: string }) => Name === 'Resource')?.Value)
    .filter((route) => route !== undefined);
  assert.deepEqual(routes, ['/api/user/{phone}']);
  template(FULL).hasResourceProperties('AWS::ApiGatewayV2::Stage', { DefaultRouteSettings: Match.objectLike({ DetailedMetricsEnabled: true }) });
});

test('no path is logged, as one may hold a phone number', () => {
  const [stage] = Object.values(template(FULL).findResources('AWS::ApiGatewayV2::Stage'));
  const logged = Object.values(JSON.parse(stage?.Properties.AccessLogSettings.Format)).map(String);
  assert.ok(logged.includes('$context.routeKey'));
  assert.deepEqual(logged.filter((variable) => /path|query/i.test(variable)), []);
});

test('caller-api reads the table of callers, and nothing else', () => {
  assert.deepEqual(actions(template(FULL), 'caller-api'), [
    'dynamodb:BatchGetItem', 'kms:Decrypt', 'logs:CreateLogStream', 'logs:PutLogEvents',
  ]);
});

test('there is no API without something to answer it', () => {
  template(SAMPLE, { metrics: undefined }).resourceCountIs('AWS::ApiGatewayV2::Api', 0);
});
