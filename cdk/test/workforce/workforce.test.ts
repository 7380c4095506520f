import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Match } from 'aws-cdk-lib/assertions';
import { actions, FULL, SAMPLE, statements, template } from '../support.ts';

test('the queue hears of records and reports, never of what was rejected', () => {
  const [bucket] = Object.values(template(SAMPLE).findResources('AWS::S3::Bucket', { Properties: { NotificationConfiguration: Match.anyValue() } }));
  const prefixes = bucket?.Properties.NotificationConfiguration.QueueConfigurations
    .map(({ Filter }: { Filter: { S3Key: { Rules: unknown[] } } }) => Filter.S3Key.Rules[0]);
  assert.deepEqual(prefixes, [{ Name: 'prefix', Value: 'ctr/' }, { Name: 'prefix', Value: 'reports/' }]);
  assert.match(String(bucket?.DependsOn), /WorkforceObjectsQueuePolicy/);
});

test('a message comes back after six times the function\'s timeout, and is put aside after five tries', () => {
  const made = template(SAMPLE);
  made.hasResourceProperties('AWS::Lambda::Function', { FunctionName: 'switchboard-dev-ctr-sftp', Timeout: 300 });
  made.hasResourceProperties('AWS::SQS::Queue', {
    QueueName: 'switchboard-dev-ctr-sftp', VisibilityTimeout: 1800, RedrivePolicy: Match.objectLike({ maxReceiveCount: 5 }),
  });
  made.hasResourceProperties('AWS::Lambda::EventSourceMapping', {
    BatchSize: 10, FunctionResponseTypes: ['ReportBatchItemFailures'], ScalingConfig: { MaximumConcurrency: 2 },
  });
});

test('the function reads two folders, writes one, and no other', () => {
  const made = template(SAMPLE);
  assert.deepEqual(actions(made, 'ctr-sftp'), [
    'kms:Decrypt', 'kms:GenerateDataKey', 'logs:CreateLogStream', 'logs:PutLogEvents', 's3:GetObject', 's3:PutObject',
    'secretsmanager:GetSecretValue', 'sqs:DeleteMessage', 'sqs:GetQueueAttributes', 'sqs:ReceiveMessage',
  ]);
  const folders = (action: string) => statements(made, 'ctr-sftp').filter(({ Action }) => Action === action)
    .flatMap(({ Resource }) => [Resource].flat() as { 'Fn::Join': [string, unknown[]] }[]).map((resource) => resource['Fn::Join'][1][1]);
  assert.deepEqual(folders('s3:GetObject'), ['/ctr/*', '/reports/*']);
  assert.deepEqual(folders('s3:PutObject'), ['/rejected/*']);
});

test('records go after as many days as the config says', () => {
  template(SAMPLE, { recordsExpireDays: 7 }).hasResourceProperties('AWS::S3::Bucket', {
    LifecycleConfiguration: { Rules: [Match.objectLike({ ExpirationInDays: 7, Status: 'Enabled' })] },
  });
});

test('scheduled reports land where the queue hears of them, if asked for', () => {
  const ResourceType = 'SCHEDULED_REPORTS';
  template(FULL).hasResourceProperties('AWS::Connect::InstanceStorageConfig', {
    ResourceType, S3Config: Match.objectLike({ BucketPrefix: 'reports', EncryptionConfig: Match.objectLike({ EncryptionType: 'KMS' }) }),
  });
  template(SAMPLE).resourcePropertiesCountIs('AWS::Connect::InstanceStorageConfig', { ResourceType }, 0);
});
