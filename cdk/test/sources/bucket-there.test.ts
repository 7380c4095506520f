/** A centre whose contact records a delivery stream writes to a bucket: they are read there, and nothing of what was there is changed. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BUCKET_THERE, functionsOf, type Properties, sharedStack, statements, template } from '../support.ts';

const OBJECTS = 'arn:aws:s3:::contact-centre-records/ctr/*';
const KEY = 'arn:aws:kms:ap-southeast-2:111122223333:key/11111111-2222-3333-4444-555555555555';
const READERS = ['contact-status', 'ctr-sftp', 'record-tables'];
const of = (type: string) => Object.values(template(BUCKET_THERE).findResources(type)).map(({ Properties }) => Properties as Properties);
const pure = (text: unknown) => JSON.stringify(text).replaceAll('{"Fn::Join":["",["arn:",{"Ref":"AWS::Partition"},"', '').replaceAll('{"Ref":"AWS::Partition"}', 'aws');

test('contact records are neither associated nor streamed, and no bucket of others is made or written to', () => {
  assert.deepEqual(of('AWS::Connect::InstanceStorageConfig').map(({ ResourceType }) => ResourceType), ['AGENT_EVENTS']);
  assert.equal(of('AWS::Kinesis::Stream').length, 1);
  assert.ok(!of('AWS::S3::Bucket').some((bucket) => JSON.stringify(bucket).includes('contact-centre-records')));
  assert.deepEqual(of('AWS::S3::BucketPolicy').filter((policy) => JSON.stringify(policy).includes('contact-centre-records')), []);
  const onTheirs = of('AWS::IAM::Policy').flatMap(({ PolicyDocument }) => PolicyDocument.Statement).filter((statement: unknown) => pure(statement).includes('contact-centre-records'));
  assert.deepEqual([...new Set(onTheirs.flatMap(({ Action }: { Action: string }) => Action))].sort(), ['s3:GetBucketNotification', 's3:GetObject']);
  assert.equal(onTheirs.length, READERS.length + 1);
});

test('a deployment asks first whether the bucket notifies, and stops if it does not', () => {
  const { Resources } = template(BUCKET_THERE).toJSON() as { Resources: Record<string, { Type: string; DependsOn?: string[]; Properties: Properties }> };
  const check = functionsOf(template(BUCKET_THERE)).find(({ name }) => name === 'record-bucket-check');
  assert.deepEqual(Object.keys(check?.properties.Environment.Variables).sort(), ['AWS_LAMBDA_LOG_LEVEL', 'RECORD_BUCKET']);
  const actions = statements(template(BUCKET_THERE), 'record-bucket-check').flatMap(({ Action }) => Action);
  assert.deepEqual(actions.filter((action) => !action.startsWith('logs:')), ['s3:GetBucketNotification']);
  const [call, ...others] = Object.keys(Resources).filter((id) => id.includes('CheckCallTrigger'));
  assert.ok(call !== undefined && others.length === 0);
  // The streams, tables and buckets that would stay, and what reads; but the tables of metrics and of records.
  const waits = ['AWS::Kinesis::Stream', 'AWS::DynamoDB::Table', 'AWS::S3::Bucket', 'AWS::Lambda::EventSourceMapping', 'AWS::Connect::InstanceStorageConfig'];
  const made = Object.entries(Resources).filter(([id, { Type }]) => waits.includes(Type) && !/^(Foundation|Metrics|RecordTables)/.test(id));
  assert.deepEqual([...new Set(made.map(([, { Type }]) => Type))].sort(), waits.sort());
  for (const [id, { DependsOn }] of made) assert.ok(DependsOn?.includes(call), `${id} waits for the check`);
});

test('EventBridge\'s notifications of the prefix reach a queue of each reader', () => {
  const [rule, ...others] = of('AWS::Events::Rule').filter(({ Name }) => Name === 'switchboard-prod-contact-record-objects');
  assert.deepEqual(others, []);
  assert.deepEqual(rule?.EventPattern, {
    source: ['aws.s3'], 'detail-type': ['Object Created'],
    detail: { bucket: { name: ['contact-centre-records'] }, object: { key: [{ prefix: 'ctr/' }] } },
  });
  assert.equal(rule?.Targets.length, READERS.length);
  for (const target of rule?.Targets ?? []) assert.ok(target.DeadLetterConfig);
  for (const reader of READERS) {
    const own = statements(template(BUCKET_THERE), reader);
    assert.ok(own.some(({ Action, Resource }) => Action === 's3:GetObject' && [Resource].flat().some((one) => pure(one).includes('contact-centre-records/ctr/*'))), `${reader} reads ${OBJECTS}`);
    assert.ok(own.some(({ Action, Resource }) => Action === 'kms:Decrypt' && JSON.stringify(Resource).includes(KEY)), reader);
  }
});

test('rejected records go to the deployment\'s own bucket, and records of other instances are passed over', () => {
  const variables = (name: string) => functionsOf(template(BUCKET_THERE)).find((one) => one.name === name)?.properties.Environment.Variables;
  assert.ok(variables('ctr-sftp').REJECTED_RECORDS_BUCKET.Ref);
  for (const reader of READERS) assert.match(variables(reader).CONNECT_INSTANCES, /instance\/11111111-/, reader);
});

test('what the bucket and the key must allow is told', () => {
  const text = sharedStack(BUCKET_THERE).requirements.text();
  assert.match(text, /contact-centre-records: it must notify EventBridge of new objects.*get-bucket-notification-configuration --bucket contact-centre-records/);
  assert.match(text, /"kms:ViaService": "s3\.ap-southeast-2\.amazonaws\.com"/);
});

test('an alarm tells that no object came, as nothing reports that a bucket notifies nobody any more', () => {
  const alarm = of('AWS::CloudWatch::Alarm').find(({ AlarmName }) => String(AlarmName).endsWith('contact-record-objects-silent'));
  assert.equal(alarm?.TreatMissingData, 'breaching');
  assert.ok(JSON.stringify(alarm).includes('"MatchedEvents"'));
});

test('a prefix that no key of an object begins with is refused', () => {
  for (const [prefix, message] of [['/ctr/', /begins with a \//], ['ctr/*', /has a \* or \?/], ['ctr/!{timestamp:yyyy}/', /ends before the first !\{/]] as const) {
    assert.throws(() => template(BUCKET_THERE, { sources: { contactRecords: { bucket: 'contact-centre-records', prefix } } }), message);
  }
});

test('without a prefix the whole bucket is read, and enrichment, which needs a stream, is refused', () => {
  const sources = { contactRecords: { bucket: 'contact-centre-records' } };
  const [rule] = Object.values(template(BUCKET_THERE, { sources }).findResources('AWS::Events::Rule', { Properties: { Name: 'switchboard-prod-contact-record-objects' } }));
  assert.deepEqual(rule?.Properties.EventPattern.detail, { bucket: { name: ['contact-centre-records'] } });
  for (const [changes, message] of [
    [{ enrichment: {} }, /enrichment: is made of a data stream, and contact records are in a bucket/],
    [{ sources: { contactRecords: { bucket: 'Not_A.Bucket' } } }, /sources\.contactRecords\.bucket: not the name of a bucket/],
    [{ sources: { contactRecords: { bucket: 'theirs', keyArn: KEY.replace('ap-southeast-2', 'eu-west-2') } } }, /sources\.contactRecords\.keyArn: is in another region/],
  ] as const) assert.throws(() => template(BUCKET_THERE, changes), message);
});
