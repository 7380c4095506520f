import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Match } from 'aws-cdk-lib/assertions';
import { EMULATOR, FULL, SAMPLE, template } from '../support.ts';

test('Kinesis sees to the shards, and what an operator sets for the retention is in the config', () => {
  for (const [path, RetentionPeriodHours] of [[SAMPLE, 168], [FULL, 336]] as const) {
    const streams = Object.values(template(path).findResources('AWS::Kinesis::Stream'));
    assert.equal(streams.length, 2);
    for (const { Properties } of streams) {
      assert.deepEqual(
        [Properties.StreamModeDetails, Properties.ShardCount, Properties.RetentionPeriodHours], [{ StreamMode: 'ON_DEMAND' }, undefined, RetentionPeriodHours],
      );
    }
  }
});

test('both streams are associated with the instance', () => {
  const made = template(FULL);
  for (const ResourceType of ['CONTACT_TRACE_RECORDS', 'AGENT_EVENTS']) {
    made.hasResourceProperties('AWS::Connect::InstanceStorageConfig', {
      ResourceType,
      StorageType: 'KINESIS_STREAM',
      InstanceArn: 'arn:aws:connect:ap-southeast-2:111122223333:instance/11111111-2222-3333-4444-555555555555',
    });
  }
});

test('a stream that nothing reads is not made', () => {
  const made = template(SAMPLE, { rta: undefined, contacts: undefined });
  made.resourceCountIs('AWS::Kinesis::Stream', 1);
  made.resourcePropertiesCountIs('AWS::Connect::InstanceStorageConfig', { ResourceType: 'AGENT_EVENTS' }, 0);
});

test('every reader of a stream begins with the oldest record, halves what fails, ends its tries and sets aside', () => {
  const sources = Object.values(template(FULL).findResources('AWS::Lambda::EventSourceMapping')).map(({ Properties }) => Properties)
    .filter(({ StartingPosition }) => StartingPosition);
  assert.equal(sources.length, 5);
  for (const source of sources) {
    assert.equal(source.StartingPosition, 'TRIM_HORIZON');
    assert.equal(source.MaximumRecordAgeInSeconds, undefined, 'none is given up for its age: the stream keeps two weeks, and Lambda takes one at most');
    assert.equal(source.MaximumRetryAttempts, 10);
    assert.equal(source.BisectBatchOnFunctionError, true);
    assert.deepEqual(source.FunctionResponseTypes, ['ReportBatchItemFailures']);
    assert.match(JSON.stringify(source.DestinationConfig.OnFailure.Destination), /DeadLetters/);
  }
});

test('a record is tried for as long as its stream keeps it', () => {
  for (const { Properties } of Object.values(template(SAMPLE).findResources('AWS::Lambda::EventSourceMapping'))) {
    if (Properties.StartingPosition) assert.equal(Properties.MaximumRecordAgeInSeconds, 168 * 3600);
  }
});

test('a stream that refuses records rings', () => {
  for (const name of ['agent-events', 'contact-trace-records']) {
    template(FULL).hasResourceProperties('AWS::CloudWatch::Alarm', {
      AlarmName: `switchboard-dev-${name}-full`, MetricName: 'WriteProvisionedThroughputExceeded', Statistic: 'Sum', Threshold: 1,
    });
  }
});

test('Connect may encrypt what it writes into the streams', () => {
  template(SAMPLE).hasResourceProperties('AWS::KMS::Key', {
    KeyPolicy: {
      Statement: Match.arrayWith([Match.objectLike({
        Sid: 'ConnectEncryptsItsData',
        Action: ['kms:Decrypt', 'kms:GenerateDataKey'],
        Condition: Match.objectLike({ StringEquals: Match.objectLike({ 'kms:CallerAccount': '111122223333' }) }),
      })]),
    },
  });
});

test('an instance is created, with its number, when the config says so', () => {
  const made = template(SAMPLE, { connect: { instance: 'create', alias: 'example', number: { country: 'AU', type: 'DID' } } });
  made.hasResourceProperties('AWS::Connect::Instance', {
    InstanceAlias: 'example', IdentityManagementType: 'CONNECT_MANAGED', Attributes: Match.objectLike({ ContactflowLogs: true }),
  });
  made.hasResourceProperties('AWS::Connect::PhoneNumber', { CountryCode: 'AU', Type: 'DID' });
  made.resourceCountIs('AWS::Connect::InstanceStorageConfig', 2);
});

test('the emulator is given nothing of Connect and no database, and all the rest', () => {
  const types = (path: string) => Object.values(template(path, { alarms: undefined }).toJSON().Resources as Record<string, { Type: string }>)
    .map(({ Type }) => Type);
  const emulator = new Set(types(EMULATOR));
  const missing = new Set(types(SAMPLE).filter((type) => !emulator.has(type)));
  assert.deepEqual([...missing].sort(), [
    'AWS::Athena::NamedQuery',
    'AWS::Connect::InstanceStorageConfig', 'AWS::Connect::IntegrationAssociation',
    'AWS::EC2::RouteTable', 'AWS::EC2::SecurityGroup', 'AWS::EC2::Subnet', 'AWS::EC2::SubnetRouteTableAssociation', 'AWS::EC2::VPC',
    'AWS::Lambda::Version',
    'AWS::Pipes::Pipe',
    'AWS::RDS::DBCluster', 'AWS::RDS::DBInstance', 'AWS::RDS::DBSubnetGroup',
    'Custom::Trigger',
  ]);
});
