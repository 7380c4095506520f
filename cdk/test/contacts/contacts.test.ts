import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Match } from 'aws-cdk-lib/assertions';
import { actions, EMULATOR, FULL, SAMPLE, template } from '../support.ts';

const INSTANCE = 'arn:aws:connect:ap-southeast-2:111122223333:instance/11111111-2222-3333-4444-555555555555';

test('the table of contacts is as the functions expect it, and can be restored', () => {
  template(SAMPLE).hasResourceProperties('AWS::DynamoDB::Table', {
    KeySchema: [{ AttributeName: 'Connect_ContactId', KeyType: 'HASH' }, { AttributeName: 'Entry', KeyType: 'RANGE' }],
    GlobalSecondaryIndexes: [
      {
        IndexName: 'ByCustomer',
        KeySchema: [{ AttributeName: 'Customer_Identifier', KeyType: 'HASH' }, { AttributeName: 'Began', KeyType: 'RANGE' }],
        Projection: { ProjectionType: 'KEYS_ONLY' },
      },
      {
        IndexName: 'ByChain',
        KeySchema: [{ AttributeName: 'Connect_InitialContactId', KeyType: 'HASH' }, { AttributeName: 'Connect_ContactId', KeyType: 'RANGE' }],
        Projection: { ProjectionType: 'KEYS_ONLY' },
      },
      {
        IndexName: 'ByActive',
        KeySchema: [{ AttributeName: 'Active', KeyType: 'HASH' }, { AttributeName: 'Place', KeyType: 'RANGE' }],
        Projection: { ProjectionType: 'KEYS_ONLY' },
      },
    ],
    TimeToLiveSpecification: { AttributeName: 'DDB_ExpiryEpoch', Enabled: true },
    PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
    StreamSpecification: { StreamViewType: 'OLD_IMAGE' },
    SSESpecification: { SSEEnabled: true, SSEType: 'KMS', KMSMasterKeyId: Match.anyValue() },
  });
});

test('contact events of the instance alone reach the queue, however their names are written', () => {
  const made = template(SAMPLE);
  made.resourceCountIs('AWS::Events::Rule', 1);
  made.hasResourceProperties('AWS::Events::Rule', {
    EventPattern: {
      source: ['aws.connect'],
      'detail-type': ['Amazon Connect Contact Event'],
      detail: { $or: [{ instanceArn: [INSTANCE] }, { InstanceArn: [INSTANCE] }, { instanceARN: [INSTANCE] }, { InstanceARN: [INSTANCE] }] },
    },
    Targets: [Match.objectLike({ DeadLetterConfig: Match.anyValue() })],
  });
});

test('a simulator\'s events are let in only where the config names it', () => {
  template(FULL).hasResourceProperties('AWS::Events::Rule', {
    EventPattern: { source: ['example.simulator'], 'detail-type': ['Amazon Connect Contact Event'] },
  });
});

test('contact-status writes contacts, and reads one by its key alone, to keep it for longer', () => {
  assert.deepEqual(actions(template(SAMPLE), 'contact-status').filter((action) => action.startsWith('dynamodb:')), [
    'dynamodb:BatchWriteItem', 'dynamodb:GetItem', 'dynamodb:PutItem', 'dynamodb:Query', 'dynamodb:UpdateItem',
  ]);
});

test('contact-flow reads and writes contacts, and only this instance may call it', () => {
  const made = template(SAMPLE);
  assert.deepEqual(actions(made, 'contact-flow'), [
    'dynamodb:BatchGetItem', 'dynamodb:BatchWriteItem', 'dynamodb:GetItem', 'dynamodb:PutItem', 'dynamodb:Query', 'dynamodb:UpdateItem',
    'kms:Decrypt', 'kms:GenerateDataKey', 'logs:CreateLogStream', 'logs:PutLogEvents',
  ]);
  made.hasResourceProperties('AWS::Lambda::Permission', { Principal: 'connect.amazonaws.com', SourceArn: INSTANCE, SourceAccount: '111122223333' });
  made.hasResourceProperties('AWS::Connect::IntegrationAssociation', { InstanceId: INSTANCE, IntegrationType: 'LAMBDA_FUNCTION' });
});

test('flow logs go from the instance\'s group to contact-status, and failures to a queue', () => {
  const made = template(SAMPLE);
  made.hasResourceProperties('AWS::Logs::SubscriptionFilter', { LogGroupName: '/aws/connect/example', FilterPattern: '' });
  made.hasResource('AWS::Logs::SubscriptionFilter', { DependsOn: Match.arrayWith([Match.stringLikeRegexp('CanInvokeLambda')]) });
  made.resourcePropertiesCountIs('AWS::Logs::LogGroup', { LogGroupName: '/aws/connect/example' }, 0);
});

test('the log group of a new instance is there before the instance, encrypted', () => {
  const made = template(SAMPLE, { connect: { instance: 'create', alias: 'example' } });
  made.hasResourceProperties('AWS::Logs::LogGroup', { LogGroupName: '/aws/connect/example', KmsKeyId: Match.anyValue() });
  made.hasResource('AWS::Connect::Instance', { DependsOn: Match.arrayWith([Match.stringLikeRegexp('^ContactsFlowLogs')]) });
});

test('what expired is archived, and what was deleted by hand is not', () => {
  const made = template(FULL);
  made.hasResourceProperties('AWS::Pipes::Pipe', {
    Source: { 'Fn::GetAtt': [Match.stringLikeRegexp('^ContactsTable'), 'StreamArn'] },
    SourceParameters: {
      FilterCriteria: {
        Filters: [{ Pattern: '{"eventName":["REMOVE"],"userIdentity":{"type":["Service"],"principalId":["dynamodb.amazonaws.com"]}}' }],
      },
      DynamoDBStreamParameters: Match.objectLike({ StartingPosition: 'TRIM_HORIZON', DeadLetterConfig: Match.anyValue() }),
    },
    Target: { 'Fn::GetAtt': [Match.stringLikeRegexp('^ContactsArchiveDelivery'), 'Arn'] },
  });
  made.hasResourceProperties('AWS::KinesisFirehose::DeliveryStream', {
    DeliveryStreamType: 'DirectPut', DeliveryStreamEncryptionConfigurationInput: { KeyType: 'CUSTOMER_MANAGED_CMK', KeyARN: Match.anyValue() },
  });
  made.hasResourceProperties('AWS::S3::Bucket', { LifecycleConfiguration: { Rules: [Match.objectLike({ ExpirationInDays: 730 })] } });
});

test('on the emulator contacts are not archived, and flow logs have a group', () => {
  const made = template(EMULATOR);
  made.resourceCountIs('AWS::Pipes::Pipe', 0);
  made.hasResourceProperties('AWS::Logs::LogGroup', { LogGroupName: '/aws/connect/example' });
});
