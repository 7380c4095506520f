import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Match } from 'aws-cdk-lib/assertions';
import { actions, EMULATOR, FULL, functionsOf, SAMPLE, statements, template } from '../support.ts';

const settings = (path: string, binary: string) =>
  functionsOf(template(path)).find(({ name }) => name === binary)?.properties.Environment.Variables;

test('the database scales to zero, is encrypted, and leaves a snapshot', () => {
  template(FULL).hasResource('AWS::RDS::DBCluster', {
    Properties: Match.objectLike({
      Engine: 'aurora-postgresql',
      ServerlessV2ScalingConfiguration: { MinCapacity: 0, MaxCapacity: 4, SecondsUntilAutoPause: 300 },
      EnableHttpEndpoint: true,
      StorageEncrypted: true,
      KmsKeyId: Match.anyValue(),
      ManageMasterUserPassword: true,
      MasterUserPassword: Match.absent(),
    }),
    DeletionPolicy: 'Snapshot',
  });
});

test('nothing reaches the database by network, nor it anything', () => {
  const made = template(SAMPLE);
  for (const type of ['InternetGateway', 'NatGateway', 'SecurityGroupIngress', 'Route', 'VPCEndpoint']) made.resourceCountIs(`AWS::EC2::${type}`, 0);
  for (const { Properties } of Object.values(made.findResources('AWS::EC2::SecurityGroup'))) assert.equal(Properties.SecurityGroupIngress, undefined);
});

test('the functions are told where the database is, not its password', () => {
  for (const binary of ['metrics-poller', 'data-check']) {
    const url = JSON.stringify(settings(SAMPLE, binary).METRICS_DB);
    assert.match(url, /rds-data:\/\/switchboard\?cluster=arn:aws:rds:.*&secret=/);
  }
});

test('the poller is called every minute, five minutes and quarter of an hour, and told for when', () => {
  for (const [poll, rate] of [['tick', 'rate(1 minute)'], ['history', 'rate(5 minutes)'], ['metadata', 'rate(15 minutes)']]) {
    template(SAMPLE).hasResourceProperties('AWS::Scheduler::Schedule', {
      ScheduleExpression: rate, Target: Match.objectLike({ Input: `{"poll":"${poll}","due":"<aws.scheduler.scheduled-time>"}` }),
    });
  }
});

test('the tables are made before the first poll, and with each version of the poller', () => {
  const made = template(SAMPLE);
  const [[id, trigger]] = Object.entries(made.findResources('Custom::Trigger')) as [[string, Record<string, any>]];
  assert.equal(trigger.Properties.ExecuteOnHandlerChange, true);
  const needs = (pattern: RegExp) => assert.ok(trigger.DependsOn.some((on: string) => pattern.test(on)), String(pattern));
  [/^MetricsDatabaseClusterWriter/, /^MetricsMigrateRoleDefaultPolicy/].forEach(needs);
  const schedules = Object.entries(made.findResources('AWS::Scheduler::Schedule')).filter(([name]) => name.startsWith('MetricsPoll'));
  assert.equal(schedules.length, 3);
  for (const [name, { DependsOn }] of schedules) assert.ok(DependsOn.includes(id), name);
});

test('Connect is asked 1.8 times a second, unless the config says otherwise', () => {
  assert.equal(settings(SAMPLE, 'metrics-poller').CONNECT_REQUESTS_PER_SECOND, '1.8');
  assert.equal(settings(FULL, 'metrics-poller').CONNECT_REQUESTS_PER_SECOND, '1.5');
});

test('the poller may ask about its instance, and write to its database and its queue', () => {
  const made = template(SAMPLE);
  assert.deepEqual(actions(made, 'metrics-poller').filter((action) => /^(connect|rds-data):/.test(action)), [
    'connect:GetCurrentMetricData', 'connect:GetCurrentUserData', 'connect:GetMetricData', 'connect:GetMetricDataV2',
    'connect:ListAgentStatuses', 'connect:ListQueues', 'connect:ListRoutingProfiles', 'connect:ListUsers',
    'rds-data:BeginTransaction', 'rds-data:CommitTransaction', 'rds-data:ExecuteStatement', 'rds-data:RollbackTransaction',
  ]);
  for (const { Action, Resource } of statements(made, 'metrics-poller')) {
    if (![Action].flat().some((action) => action.startsWith('connect:'))) continue;
    for (const resource of [Resource].flat()) assert.match(String(resource), /:instance\/11111111-2222-3333-4444-555555555555(\/[a-z-]+\/\*)?$/);
  }
});

test('a database at the end of its capacity rings, and the zone and the time to keep are the config\'s', () => {
  template(SAMPLE).hasResourceProperties('AWS::CloudWatch::Alarm', { MetricName: 'ACUUtilization', Threshold: 95, EvaluationPeriods: 6 });
  const { METRICS_TIME_ZONE, HISTORY_RETENTION_DAYS } = settings(SAMPLE, 'metrics-poller');
  assert.deepEqual([METRICS_TIME_ZONE, HISTORY_RETENTION_DAYS], ['UTC', '400']);
  assert.equal(settings(FULL, 'metrics-poller').METRICS_TIME_ZONE, 'Australia/Sydney');
});

test('on the emulator the functions find Connect and the database elsewhere', () => {
  for (const binary of ['metrics-poller', 'data-check']) {
    const { AWS_ENDPOINT_URL_CONNECT, AWS_ENDPOINT_URL_RDS_DATA } = settings(EMULATOR, binary);
    assert.deepEqual([AWS_ENDPOINT_URL_CONNECT, AWS_ENDPOINT_URL_RDS_DATA], ['http://127.0.0.1:4601', 'http://127.0.0.1:4602']);
    assert.equal(settings(SAMPLE, binary).AWS_ENDPOINT_URL_CONNECT, undefined);
  }
});
