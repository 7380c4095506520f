/** What a person who runs the system finds: the dashboard and the alarms. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { Match } from 'aws-cdk-lib/assertions';
import { RUNBOOK } from '../../lib/platform/alarms.ts';
import { allOf, allTemplates, BUCKET_THERE, FULL, functionsOf, type Properties, STREAMS_THERE, template } from '../support.ts';
import { VARIANTS } from '../variants.ts';

const full = template(FULL);
const alarms = Object.entries(full.findResources('AWS::CloudWatch::Alarm'));
/**
 * Whatever a config can make: no config has it all, since contact records are in a stream or in a bucket. What another instance has is called as
 * the first one's is, with `-north`, which is that of the variant of two instances.
 */
const EVERYTHING = [full, template(BUCKET_THERE), template(STREAMS_THERE), ...VARIANTS.filter(([name]) => name === 'two instances').flatMap(([, path, changes]) => allTemplates(path, changes))];
const everyAlarm = allOf(EVERYTHING, 'AWS::CloudWatch::Alarm').map((properties): Properties => ({
  ...properties, AlarmName: String(properties.AlarmName).replace(/^switchboard-[a-z]+-/, '').replace(/-north(?=-|$)/, ''),
}));
/** Names in the list that are functions'. */
const CAPABILITY_FUNCTIONS = ['ctr-enrich', 'ctr-sftp', 'record-tables'];
const named = (name: string) => alarms.find(([, { Properties }]) => Properties.AlarmName === `switchboard-dev-${name}`);

test('the dashboard shows every alarm, and a widget shows at most a hundred', () => {
  const [dashboard] = Object.values(full.findResources('AWS::CloudWatch::Dashboard'));
  const body = JSON.stringify(dashboard?.Properties.DashboardBody);
  for (const [id] of alarms) assert.ok(body.includes(`["${id}","Arn"]`), id);
  assert.ok(alarms.length / 2 <= 100, 'half of them in each of two widgets');
});

test('every alarm says what it means and where the runbook goes on, and tells somebody', () => {
  for (const [, { Properties }] of alarms) {
    assert.match(Properties.AlarmDescription, /.\. What to do: docs\/RUNBOOK\.md#[a-z-]+$/, Properties.AlarmName);
    assert.equal(Properties.AlarmActions.length, 1, Properties.AlarmName);
  }
});

test('every function rings when it fails, and every dead-letter queue when it holds something', () => {
  for (const { name } of functionsOf(full)) assert.ok(named(`${name}-errors`), name);
  for (const { Properties } of Object.values(full.findResources('AWS::SQS::Queue'))) {
    const name = String(Properties.QueueName).replace(/^switchboard-dev-/, '');
    const alarm = name.endsWith('-dlq') ? name.replace(/-dlq$/, '-dead-letters') : `${name}-old-messages`;
    assert.ok(named(alarm), alarm);
  }
});

test('a function rings by its share of errors, and what Firehose calls by the first', () => {
  const rate = named('rta-feed-errors')?.[1].Properties;
  assert.equal(rate.Metrics[0].Expression, '100 * errors / invocations');
  assert.deepEqual(rate.Metrics.slice(1).map((metric: Properties) => metric.MetricStat.Metric.MetricName), ['Errors', 'Invocations']);
  const first = named('ctr-enrich-errors')?.[1].Properties;
  assert.deepEqual([first.MetricName, first.Threshold, first.EvaluationPeriods], ['Errors', 1, 1]);
});

test('no two alarms watch the same thing', () => {
  const watched = alarms.map(([, { Properties: { AlarmName, AlarmDescription, ...measured } }]) => JSON.stringify(measured));
  assert.equal(new Set(watched).size, watched.length);
});

test('documents that the search index refuses ring, hour after hour', () => {
  full.hasResourceProperties('AWS::CloudWatch::Alarm', {
    MetricName: 'DeliveryToAmazonOpenSearchService.Success', Statistic: 'Average', Period: 3600, EvaluationPeriods: 3,
    ComparisonOperator: 'LessThanThreshold', Threshold: 1, Dimensions: [{ Name: 'DeliveryStreamName', Value: 'switchboard-dev-enriched' }],
  });
});

test('every section that an alarm names is in the runbook, and a row for each dead-letter queue', () => {
  const runbook = readFileSync('../docs/RUNBOOK.md', 'utf8');
  for (const { AlarmName, AlarmDescription } of everyAlarm) {
    const [, anchor] = String(AlarmDescription).split('docs/RUNBOOK.md#');
    assert.ok(runbook.includes(`<a id="${anchor}"></a>`), `${AlarmName}: no section ${anchor}`);
  }
  const deadLetters = runbook.slice(runbook.indexOf('<a id="dead-letters"></a>'), runbook.indexOf('<a id="old-messages"></a>'));
  for (const anchor of RUNBOOK) assert.ok(runbook.includes(`<a id="${anchor}"></a>`), anchor);
  for (const { QueueName } of allOf(EVERYTHING, 'AWS::SQS::Queue')) {
    const [, name] = /^switchboard-[a-z]+-(.*?)(?:-north)?-dlq$/.exec(QueueName) ?? [];
    if (name) assert.match(deadLetters, new RegExp(`^\\| [^|]*\`${name}\``, 'm'));
  }
});

test('the runbook\'s table leads from each alarm\'s name to its section, and no link in it leads nowhere', () => {
  const runbook = readFileSync('../docs/RUNBOOK.md', 'utf8');
  const rows = [...runbook.matchAll(/^\| (`.*) \| \[.*\]\(#([a-z-]+)\) \|$/gm)].map(([, names = '', anchor]) => {
    const patterns = [...names.matchAll(/`([^`]+)`/g)].map(([, name = '']) => new RegExp(`^${name.replace('…', '.*')}$`));
    return { patterns, anchor };
  });
  for (const { AlarmName: name, AlarmDescription } of everyAlarm) {
    const found = rows.filter(({ patterns }) => patterns.some((pattern) => pattern.test(name))).map(({ anchor }) => anchor);
    assert.deepEqual(found, [AlarmDescription.split('#')[1]], name);
  }
  for (const [, anchor] of runbook.matchAll(/\]\(#([a-z-]+)\)/g)) assert.ok(runbook.includes(`<a id="${anchor}"></a>`), anchor);
});

test('the runbook lists every way by which records can stop or be refused, each with its alarm', () => {
  const runbook = readFileSync('../docs/RUNBOOK.md', 'utf8');
  const list = /^\| where \|[\s\S]*?\n\n/m.exec(runbook)?.[0] ?? '';
  const listed = [...list.matchAll(/`([^`]+)`/g)].map(([, name = '']) => name).filter((name) => name.includes('-') && !CAPABILITY_FUNCTIONS.includes(name));
  const there = new Set(everyAlarm.map(({ AlarmName }) => String(AlarmName)));
  assert.deepEqual([...there].filter((name) => !listed.includes(name)), [], 'an alarm that no row has');
  assert.deepEqual([...new Set(listed)].filter((name) => !there.has(name)), [], 'a row whose alarm is not there');
});

/** What has to be watched of each resource that records go through. */
const WATCHED: Record<string, (properties: Properties) => string[]> = {
  'AWS::Kinesis::Stream': () => ['IncomingRecords', 'WriteProvisionedThroughputExceeded'],
  'AWS::KinesisFirehose::DeliveryStream': ({ DeliveryStreamType, AmazonopensearchserviceDestinationConfiguration: search }) => [
    ...(DeliveryStreamType === 'DirectPut' ? ['ThrottledRecords'] : ['KinesisMillisBehindLatest', 'DataReadFromKinesisStream.Records']),
    ...(search ? ['DeliveryToAmazonOpenSearchService.DataFreshness', 'DeliveryToAmazonOpenSearchService.Success'] : ['DeliveryToS3.DataFreshness']),
  ],
  'AWS::Events::Rule': () => ['FailedInvocations', 'InvocationsFailedToBeSentToDlq'],
  'AWS::Pipes::Pipe': () => ['ExecutionFailed', 'ExecutionPartiallyFailed', 'Invocations'],
  'AWS::Logs::SubscriptionFilter': () => ['DeliveryErrors', 'DeliveryThrottling', 'ForwardedLogEvents'],
  'AWS::OpenSearchService::Domain': () => ['ClusterStatus.red', 'FreeStorageSpace', 'ClusterIndexWritesBlocked', 'KMSKeyError', 'KMSKeyInaccessible'],
  'AWS::RDS::DBCluster': () => ['ACUUtilization'],
  'AWS::SQS::Queue': ({ QueueName }) => [String(QueueName).endsWith('-dlq') ? 'ApproximateNumberOfMessagesVisible' : 'ApproximateAgeOfOldestMessage'],
  'AWS::Lambda::Function': ({ FunctionName }) => (FunctionName ? ['Errors', 'Throttles'] : []),
};

test('every resource that records go through has its alarms', () => {
  const measured = alarms.map(([, { Properties }]) => JSON.stringify(Properties));
  for (const [type, metrics] of Object.entries(WATCHED)) {
    const found = Object.entries(full.findResources(type));
    assert.ok(found.length > 0, type);
    for (const [id, { Properties }] of found) {
      const names = [id, Properties.DeliveryStreamName, Properties.Name, Properties.FilterName, Properties.DomainName].filter(Boolean).map((name) => `"${name}"`);
      for (const metric of metrics(Properties)) {
        assert.ok(measured.some((text) => text.includes(`"${metric}"`) && names.some((name) => text.includes(name))), `${id}: ${metric}`);
      }
    }
  }
});

test('what a stack leaves when it is destroyed is data, and the key and the log that belong to it', () => {
  const left = Object.entries(full.toJSON().Resources as Record<string, { Type: string; DeletionPolicy?: string }>)
    .filter(([, { DeletionPolicy = 'Delete' }]) => DeletionPolicy !== 'Delete')
    .map(([id, { Type }]) => `${Type.replace('AWS::', '')} ${id.replace(/[0-9A-F]{8}$/, '')}`);
  assert.deepEqual(left.sort(), [
    'Cognito::UserPool BoardUsersPool', 'DynamoDB::Table CallersTable', 'DynamoDB::Table ContactsTable', 'KMS::Key FoundationDataKey', 'Kinesis::Stream AgentEventsStream',
    'Kinesis::Stream ContactRecordsStream',
    'OpenSearchService::Domain EnrichmentSearchDomain', 'RDS::DBCluster MetricsDatabaseCluster',
    'S3::Bucket BoardAudit', 'S3::Bucket ContactsArchiveBucket', 'S3::Bucket FoundationAccessLog', 'S3::Bucket RecordsBucket',
    'SQS::Queue ContactsEventsDeadLetters', 'SQS::Queue ContactsEventsQueue', 'SQS::Queue RecordTablesQueue', 'SQS::Queue RecordTablesQueueDeadLetters',
  ]);
});

test('CloudWatch may publish what the alarms say, for these alarms alone', () => {
  full.hasResourceProperties('AWS::SNS::TopicPolicy', {
    PolicyDocument: {
      Statement: Match.arrayWith([Match.objectLike({
        Effect: 'Allow',
        Action: 'sns:Publish',
        Principal: { Service: 'cloudwatch.amazonaws.com' },
        Condition: {
          StringEquals: { 'aws:SourceAccount': '111122223333' },
          ArnLike: { 'aws:SourceArn': 'arn:aws:cloudwatch:ap-southeast-2:111122223333:alarm:switchboard-dev-*' },
        },
      })]),
    },
  });
});

test('a topic that is given is told, and no other is made', () => {
  const topicArn = 'arn:aws:sns:ap-southeast-2:111122223333:operators';
  const made = template(FULL, { alarms: { topicArn } });
  made.resourceCountIs('AWS::SNS::Topic', 0);
  for (const { Properties } of Object.values(made.findResources('AWS::CloudWatch::Alarm'))) {
    assert.deepEqual([Properties.AlarmActions, Properties.OKActions], [[topicArn], [topicArn]], Properties.AlarmName);
  }
});
