import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Match, type Template } from 'aws-cdk-lib/assertions';
import { actions, FULL, functionsOf, GIVEN_DOMAIN, type Properties, SAMPLE, template } from '../support.ts';

test('without a search index enriched records go to the bucket, a folder a day', () => {
  const { ExtendedS3DestinationConfiguration: to } = delivery(template(SAMPLE), 'enriched');
  assert.equal(to.Prefix, 'enriched/date=!{timestamp:yyyy-MM-dd}/');
  assert.equal(to.ErrorOutputPrefix, 'failed/enriched/!{firehose:error-output-type}/!{timestamp:yyyy-MM-dd}/');
  assert.equal(to.ProcessingConfiguration.Processors[0].Type, 'Lambda');
});

test('with one they go there, and what it refuses to the bucket', () => {
  const { AmazonopensearchserviceDestinationConfiguration: to } = delivery(template(SAMPLE, { enrichment: { search: GIVEN_DOMAIN } }), 'enriched');
  assert.equal(to.DomainARN, GIVEN_DOMAIN.domainArn);
  assert.equal(to.IndexName, 'connect');
  assert.equal(to.IndexRotationPeriod, 'NoRotation');
  assert.equal(to.S3BackupMode, 'FailedDocumentsOnly');
  assert.equal(to.ProcessingConfiguration.Processors[0].Type, 'Lambda');
});

test('a batch for the function fits Lambda\'s 6 MB in base64', () => {
  const { ExtendedS3DestinationConfiguration: to } = delivery(template(SAMPLE), 'enriched');
  const parameters: { ParameterName: string; ParameterValue: string }[] = to.ProcessingConfiguration.Processors[0].Parameters;
  const size = parameters.find(({ ParameterName }) => ParameterName === 'BufferSizeInMBs')?.ParameterValue;
  assert.ok((Number(size) * 4) / 3 < 6);
});

test('raw records are lines in a folder for each day, which Athena computes', () => {
  const made = template(SAMPLE);
  const { ExtendedS3DestinationConfiguration: to } = delivery(made, 'raw');
  assert.equal(to.Prefix, 'ctr/date=!{timestamp:yyyy-MM-dd}/');
  assert.equal(to.ProcessingConfiguration.Processors[0].Type, 'AppendDelimiterToRecord');
  made.hasResourceProperties('AWS::Glue::Table', {
    TableInput: {
      PartitionKeys: [Match.objectLike({ Name: 'date' })],
      Parameters: Match.objectLike({ 'projection.enabled': 'true', 'projection.date.type': 'date', 'projection.date.format': 'yyyy-MM-dd' }),
      StorageDescriptor: Match.objectLike({ Columns: [Match.objectLike({ Name: 'record', Type: 'string' })] }),
    },
  });
});

test('a directory by HTTPS needs its key, one in the table its reads', () => {
  const crm = template(FULL);
  assert.equal(settings(crm).CALLERS, 'https://crm.example.com/api/user/');
  assert.match(settings(crm).CALLERS_SECRET, /^secretsmanager:\/\/arn:.*:secret:crm-AbCdEf$/);
  assert.ok(actions(crm, 'ctr-enrich').includes('secretsmanager:GetSecretValue'));
  assert.ok(!actions(crm, 'ctr-enrich').some((action) => action.startsWith('dynamodb:')));

  const table = template(SAMPLE);
  assert.deepEqual(actions(table, 'ctr-enrich'), [
    'dynamodb:BatchGetItem', 'kinesis:PutRecords', 'kms:Decrypt', 'kms:GenerateDataKey', 'logs:CreateLogStream', 'logs:PutLogEvents',
  ]);
  assert.equal(settings(table).CALLERS_SECRET, undefined);
});

test('without a directory nobody is looked up', () => {
  const made = template(SAMPLE, { enrichment: {} });
  assert.equal(settings(made).CALLERS, undefined);
  made.resourcePropertiesCountIs('AWS::DynamoDB::Table', { KeySchema: [{ AttributeName: 'Phone', KeyType: 'HASH' }] }, 0);
});

test('a domain of our own is encrypted and closed to strangers; in production it survives a zone', () => {
  const made = template(FULL, { environment: 'Prod' });
  made.hasResourceProperties('AWS::OpenSearchService::Domain', {
    ClusterConfig: Match.objectLike({ InstanceCount: 2, ZoneAwarenessEnabled: true }),
    DomainEndpointOptions: Match.objectLike({ EnforceHTTPS: true }),
    EncryptionAtRestOptions: Match.objectLike({ Enabled: true }),
    NodeToNodeEncryptionOptions: { Enabled: true },
    CognitoOptions: Match.objectLike({ Enabled: true }),
  });
  const [domain] = Object.values(made.findResources('AWS::OpenSearchService::Domain'));
  assert.ok(domain);
  for (const { Principal } of domain.Properties.AccessPolicies.Statement) assert.match(JSON.stringify(Principal), /"Fn::GetAtt":\["Enrichment/);
});

function delivery(made: Template, name: string): Properties {
  const named = { Properties: { DeliveryStreamName: `switchboard-dev-${name}` } };
  const [found] = Object.values(made.findResources('AWS::KinesisFirehose::DeliveryStream', named));
  assert.ok(found, `no delivery stream ${name}`);
  return found.Properties;
}

function settings(made: Template): Properties {
  return functionsOf(made).find(({ name }) => name === 'ctr-enrich')?.properties.Environment.Variables;
}
