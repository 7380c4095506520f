/** A centre that has its streams already: they are read, and nothing of what was there is changed. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { parseConfig, readConfig } from '../../lib/config.ts';
import { newApp, SwitchboardStack } from '../../lib/switchboard-stack.ts';
import { actions, FULL, functionsOf, type Properties, sharedStack, STREAMS_THERE, template } from '../support.ts';

const config = JSON.parse(readFileSync(STREAMS_THERE, 'utf8'));
const CTR: string = config.sources.contactRecords.streamArn;
const AGENTS: string = config.sources.agentEvents.streamArn;

/** What reads the streams that were there: the mappings of functions. */
function readers(): Properties[] {
  return Object.values(template(STREAMS_THERE).findResources('AWS::Lambda::EventSourceMapping')).map(({ Properties }) => Properties)
    .filter(({ StartingPosition }) => StartingPosition);
}

test('nothing of the instance, its streams, its log group or its key is made, associated, subscribed to or changed', () => {
  const types = Object.values(template(STREAMS_THERE).toJSON().Resources as Record<string, { Type: string }>).map(({ Type }) => Type);
  const touching = ['AWS::Connect::InstanceStorageConfig', 'AWS::Connect::Instance', 'AWS::Kinesis::Stream', 'AWS::Kinesis::ResourcePolicy', 'AWS::KMS::Key',
    'AWS::KMS::Alias', 'AWS::Logs::SubscriptionFilter', 'AWS::Events::EventBus', 'AWS::Events::EventBusPolicy', 'AWS::RDS::DBCluster'];
  assert.deepEqual(touching.filter((type) => types.includes(type)), []);
  // The flow's list of functions is the one thing of the instance that `contacts` asks for.
  assert.deepEqual(types.filter((type) => type.startsWith('AWS::Connect::')), ['AWS::Connect::IntegrationAssociation']);
});

test('no role may write to a stream that was there', () => {
  const statements = Object.values(template(STREAMS_THERE).findResources('AWS::IAM::Policy')).flatMap(({ Properties }) => Properties.PolicyDocument.Statement);
  const onStreams = statements.filter(({ Resource }) => [CTR, AGENTS].some((arn) => JSON.stringify(Resource).includes(arn)));
  assert.ok(onStreams.length >= 6);
  const writing = onStreams.flatMap(({ Action }) => [Action].flat()).filter((action) => !/^kinesis:(Describe|List|Get|SubscribeToShard)/.test(action));
  assert.deepEqual([...new Set(writing)], []);
});

test('a stream that is named twice, as it carries both kinds, is read once by each function', () => {
  for (const reading of ['enhanced', 'shared']) {
    const both = { streamArn: CTR, reading };
    const mappings = Object.values(template(STREAMS_THERE, { sources: { ...config.sources, contactRecords: both, agentEvents: both } })
      .findResources('AWS::Lambda::EventSourceMapping')).map(({ Properties }) => Properties).filter(({ StartingPosition }) => StartingPosition);
    const readers = mappings.map(({ FunctionName }) => JSON.stringify(FunctionName));
    // contact-status has the flows' logs besides.
    assert.equal(readers.length, new Set(readers).size + 1, reading);
  }
});

test('functions have consumers of their own, unless the config says that reads are shared', () => {
  const own = readers().filter(({ EventSourceArn }) => JSON.stringify(EventSourceArn).includes('Consumer'));
  const shared = readers().filter(({ EventSourceArn }) => EventSourceArn === AGENTS);
  // contact-status and record-tables read contact records; contact-status the flows' logs.
  assert.equal(own.length, 3);
  assert.equal(shared.length, 3);
  assert.equal(own.length + shared.length, readers().length);
  const consumers = Object.values(template(STREAMS_THERE).findResources('AWS::Kinesis::StreamConsumer')).map(({ Properties }) => Properties);
  assert.deepEqual(consumers.map(({ StreamARN }) => StreamARN).sort(), [CTR, CTR, config.sources.flowLogs.streamArn].sort());
});

test('a reader begins a day before it is made, and there for good', () => {
  const now = new Date('2026-11-20T12:00:00Z');
  const stack = new SwitchboardStack(newApp(), readConfig(STREAMS_THERE), now);
  const parameters = stack.node.findAll().filter(({ node }) => node.id === 'Begin').map((parameter) => (parameter as unknown as { default: number }).default);
  assert.equal(parameters.length, readers().length);
  assert.deepEqual([...new Set(parameters)], [Date.parse('2026-11-19T12:00:00Z') / 1000]);
  for (const { StartingPosition, StartingPositionTimestamp, MaximumRecordAgeInSeconds } of readers()) {
    assert.equal(StartingPosition, 'AT_TIMESTAMP');
    assert.match(StartingPositionTimestamp.Ref, /Begin/);
    assert.equal(MaximumRecordAgeInSeconds, undefined, 'how long the stream keeps a record, its owner decides');
  }
});

test('functions that read what was there take records of the named instance alone; those of a stream that was made take all', () => {
  const named = (path: string) => Object.values(template(path).findResources('AWS::Lambda::Function'))
    .filter(({ Properties }) => Properties.Environment?.Variables.CONNECT_INSTANCES)
    .map(({ Properties }) => Properties.FunctionName.replace(/^switchboard-\w+-/, '')).sort();
  assert.deepEqual(named(STREAMS_THERE), ['contact-status', 'ctr-enrich', 'record-tables', 'record-tables-migrate', 'rta-feed']);
  assert.deepEqual(named(FULL), ['record-tables', 'record-tables-migrate']);
});

test('a record that a response has no room for is not put back onto a stream of others', () => {
  const enrich = Object.values(template(STREAMS_THERE).findResources('AWS::Lambda::Function')).find(({ Properties }) => /ctr-enrich$/.test(Properties.FunctionName));
  assert.equal(enrich?.Properties.Environment.Variables.REQUEUE, 'off');
  assert.ok(!actions(template(STREAMS_THERE), 'ctr-enrich').includes('kinesis:PutRecords'));
});

test('what must allow something is told, with the whole statement', () => {
  const text = sharedStack(STREAMS_THERE).requirements.text();
  assert.match(text, new RegExp(`${config.sources.contactRecords.keyArn}: .*111122223333.*kinesis`));
  assert.match(text, /"kms:ViaService": "kinesis\.ap-southeast-2\.amazonaws\.com"/);
  // Services that use a key that is there for what is made.
  assert.match(text, new RegExp(`${config.dataKeyArn}: its policy must hold`));
  assert.match(text, /"Service": "events\.amazonaws\.com"/);
  assert.equal(sharedStack(FULL).requirements.text(), '');
});

test('alarms watch what was there as well', () => {
  template(STREAMS_THERE).hasResourceProperties('AWS::CloudWatch::Alarm', {
    AlarmName: 'switchboard-prod-contact-trace-records-full', Dimensions: [{ Name: 'StreamName', Value: 'contact-centre-ctr' }],
  });
  template(STREAMS_THERE).hasResourceProperties('AWS::CloudWatch::Alarm', {
    AlarmName: 'switchboard-prod-contact-events-not-delivered',
    Dimensions: [{ Name: 'EventBusName', Value: 'contact-centre' }, { Name: 'RuleName' }].map((dimension) => (dimension.Value ? dimension : { ...dimension, Value: { Ref: assertRule() } })),
  });
});

function assertRule(): string {
  const [rule] = Object.keys(template(STREAMS_THERE).findResources('AWS::Events::Rule', { Properties: { Name: 'switchboard-prod-contact-events' } }));
  assert.ok(rule);
  return rule;
}

test('each source can be left off, with what is made of it', () => {
  const sources = { contactRecords: 'off', agentEvents: 'off', flowLogs: 'off' };
  const made = template(STREAMS_THERE, { sources, enrichment: undefined, rta: undefined, records: undefined });
  assert.deepEqual(Object.keys(made.findResources('AWS::Kinesis::Stream')), []);
  assert.deepEqual(Object.keys(made.findResources('AWS::Logs::SubscriptionFilter')), []);
  assert.equal(Object.keys(made.findResources('AWS::Events::Rule', { Properties: { Name: 'switchboard-prod-contact-events' } })).length, 1);
  for (const [changes, message] of [
    [{ sources }, /enrichment: is made of contact records.*rta: is made of agent events/s],
    [{ sources: { ...sources, contactEvents: 'off' }, enrichment: undefined, rta: undefined, records: undefined }, /contacts: is made of what `sources` leaves off/],
  ] as const) assert.throws(() => template(STREAMS_THERE, changes), message);
});

test('tables and logins are made in a cluster that was there, under names of the deployment', () => {
  const made = template(STREAMS_THERE);
  const poller = Object.values(made.findResources('AWS::Lambda::Function')).find(({ Properties }) => /metrics-poller$/.test(Properties.FunctionName));
  assert.match(JSON.stringify(poller?.Properties.Environment.Variables.METRICS_DB), new RegExp(`rds-data://contact_centre\\?cluster=${config.metrics.database.clusterArn}`));
  made.hasResourceProperties('AWS::SecretsManager::Secret', { GenerateSecretString: { SecretStringTemplate: '{"username":"switchboard_prod_poller"}' } });
  assert.ok(actions(made, 'metrics-migrate').includes('rds-data:ExecuteStatement'));
});

test('what is named has to be in the deployment\'s Region, and of its account but for keys', () => {
  const named: [path: string, isOfAccount: boolean][] = [
    ['sources.contactRecords.streamArn', true], ['sources.contactRecords.keyArn', false], ['sources.agentEvents.streamArn', true],
    ['sources.flowLogs.streamArn', true], ['sources.contactEvents.busArn', true], ['dataKeyArn', false],
    ['metrics.database.clusterArn', true], ['metrics.database.ownerSecretArn', false],
  ];
  for (const [path, isOfAccount] of named) {
    const changed = (change: (arn: string) => string) => {
      const wrong = JSON.parse(readFileSync(STREAMS_THERE, 'utf8'));
      const keys = path.split('.');
      const last = keys.pop()!;
      const parent = keys.reduce((at, key) => at[key], wrong);
      parent[last] = change(parent[last]);
      return () => parseConfig(wrong, 'it');
    };
    assert.throws(changed((arn) => arn.replace('ap-southeast-2', 'us-east-1')), new RegExp(`${path}: is in another region`), path);
    const other = changed((arn) => arn.replace(/:\d{12}:/, ':999999999999:'));
    if (isOfAccount) assert.throws(other, new RegExp(`${path}: is in another account`), path);
    else assert.doesNotThrow(other, path);
  }
});

test('a simulator lets in no instance that the config does not name', () => {
  const simulated = functionsOf(template(STREAMS_THERE, { contacts: { simulatedSource: 'example.simulator' } }));
  const named = simulated.filter(({ properties }) => properties.Environment.Variables.CONNECT_INSTANCES === config.connect.instance).map(({ name }) => name);
  for (const name of ['contact-status', 'ctr-enrich', 'record-tables', 'rta-feed']) assert.ok(named.includes(name), name);
});
