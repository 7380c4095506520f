import assert from 'node:assert/strict';
import { test } from 'node:test';
import { changesOf, refused, report } from '../lib/changes.ts';

/** Lines as `cdk diff` printed them, when a config with everything was changed to one that names streams and a cluster. */
const DIFF = `Stack Switchboard-Dev Switchboard-Dev
Resources
[-] AWS::KMS::Key FoundationDataKey397DEC2A orphan
[-] AWS::Kinesis::Stream ContactRecordsStreamDD93A4D2 orphan
[-] AWS::Connect::InstanceStorageConfig ContactRecordsAssociationA5CF5B8B destroy
[-] AWS::RDS::DBCluster MetricsDatabaseClusterF2D2D9B0 destroy
[+] AWS::Kinesis::StreamConsumer Contacts/ContactRecords/Consumer ContactsContactRecordsConsumerFDBA654D
[~] AWS::Lambda::EventSourceMapping Contacts/Status/Function/contact-records ContactsStatusFunctioncontactrecords0A1B2C3D replace
 ├─ [-] StartingPosition
[~] AWS::S3::Bucket Records/Bucket RecordsBucket1B2C3D4E may be replaced
[~] AWS::CloudWatch::Dashboard Foundation/Dashboard FoundationDashboardB439947A
`;

test('what is deleted, replaced or left is read from the diff, and nothing else', () => {
  assert.deepEqual(changesOf(DIFF).map(({ id, becomes }) => `${becomes} ${id}`), [
    'stays FoundationDataKey397DEC2A', 'stays ContactRecordsStreamDD93A4D2', 'deleted ContactRecordsAssociationA5CF5B8B',
    'deleted MetricsDatabaseClusterF2D2D9B0', 'replaced ContactsStatusFunctioncontactrecords0A1B2C3D', 'replaced RecordsBucket1B2C3D4E',
  ]);
  assert.equal(report(changesOf('There were no differences'), []), 'Nothing is deleted or replaced.');
});

test('data and instances go only with a person\'s word', () => {
  const changes = changesOf(DIFF);
  assert.deepEqual(refused(changes, []).map(({ id }) => id), ['MetricsDatabaseClusterF2D2D9B0', 'RecordsBucket1B2C3D4E']);
  assert.deepEqual(refused(changes, ['RecordsBucket1B2C3D4E']).map(({ id }) => id), ['MetricsDatabaseClusterF2D2D9B0']);
  assert.match(report(changes, []), /Refused.*\n {2}AWS::RDS::DBCluster MetricsDatabaseClusterF2D2D9B0/);
  const [instance] = changesOf('[~] AWS::Connect::Instance Instance InstanceC1063A87 replace');
  assert.equal(refused([instance!], []).length, 1);
});

test('what only another instance has goes with a person\'s word, too', () => {
  // As `cdk diff` printed it when the second of two instances was taken out.
  const changes = changesOf('[-] AWS::CloudFormation::Stack Instancenorth destroy');
  assert.deepEqual(refused(changes, []).map(({ id }) => id), ['Instancenorth']);
  assert.deepEqual(refused(changes, ['Instancenorth']), []);
});
