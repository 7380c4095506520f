import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Match } from 'aws-cdk-lib/assertions';
import { EMULATOR, FULL, SAMPLE, template } from './support.ts';

test('there is a shard of agent events for each 500 agents', () => {
  for (const [agents, shards] of [[1, 1], [500, 1], [501, 2], [1200, 3]]) {
    const made = template(SAMPLE, { agents, enrichment: undefined, workforce: undefined, contacts: undefined });
    made.hasResourceProperties('AWS::Kinesis::Stream', { ShardCount: shards });
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

test('every reader of a stream begins 24 hours back, halves what fails, ends its tries and sets aside', () => {
  const sources = Object.values(template(FULL).findResources('AWS::Lambda::EventSourceMapping')).map(({ Properties }) => Properties)
    .filter(({ StartingPosition }) => StartingPosition);
  assert.equal(sources.length, 3);
  for (const source of sources) {
    assert.equal(source.StartingPosition, 'TRIM_HORIZON');
    assert.equal(source.MaximumRecordAgeInSeconds, 86_400);
    assert.equal(source.MaximumRetryAttempts, 10);
    assert.equal(source.BisectBatchOnFunctionError, true);
    assert.deepEqual(source.FunctionResponseTypes, ['ReportBatchItemFailures']);
    assert.match(JSON.stringify(source.DestinationConfig.OnFailure.Destination), /DeadLetters/);
  }
});

test('a stream into which Connect puts nothing for two days rings', () => {
  for (const name of ['agent-events', 'contact-trace-records']) {
    template(FULL).hasResourceProperties('AWS::CloudWatch::Alarm', {
      AlarmName: `switchboard-dev-${name}-silent`, MetricName: 'IncomingRecords', Period: 86_400, EvaluationPeriods: 2, TreatMissingData: 'breaching',
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
