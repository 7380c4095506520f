/** Several instances of one account and Region in one deployment. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { FULL, functionsOf, template } from './support.ts';

const full = JSON.parse(readFileSync(FULL, 'utf8'));
const FIRST: string = full.connect.instance;
const SECOND = FIRST.replace('11111111-', '22222222-');
const SECRET = full.rta.secretArn.replace('rta', 'rta-north');
const connect = { ...full.connect, instances: [{ name: 'north', instance: SECOND, alias: 'example-north', rtaSecretArn: SECRET }] };
const made = () => template(FULL, { connect });
const variables = (name: string) => functionsOf(made()).find((one) => one.name === name)?.properties.Environment.Variables;

test('what asks Connect is there for each instance, and what takes records takes those of both', () => {
  const names = functionsOf(made()).map(({ name }) => name);
  for (const name of ['metrics-poller', 'data-check', 'reconcile', 'rta-feed']) assert.ok(names.includes(name) && names.includes(`${name}-north`), name);
  assert.equal(variables('metrics-poller').CONNECT_INSTANCE_ARN, FIRST);
  assert.equal(variables('metrics-poller-north').CONNECT_INSTANCE_ARN, SECOND);
  assert.equal(variables('record-tables').CONNECT_INSTANCES, `${FIRST},${SECOND}`);
  assert.equal(names.filter((name) => /^(contact-status|ctr-enrich|record-tables|metrics-migrate)$/.test(name)).length, 4);
});

test('AWS counts requests by account, so instances share each budget', () => {
  for (const [name, setting, whole] of [
    ['metrics-poller', 'CONNECT_REQUESTS_PER_SECOND', full.metrics.requestsPerSecond], ['reconcile', 'SEARCH_CONTACTS_PER_SECOND', full.records.searchesPerSecond],
  ] as const) {
    const parts = [name, `${name}-north`].map((one) => Number(variables(one)[setting]));
    assert.equal(parts[0]! + parts[1]!, whole, name);
  }
});

test('each instance\'s agents are told to the WFM by a source of their own', () => {
  assert.deepEqual([variables('rta-feed').RTA, variables('rta-feed').CONNECT_INSTANCES], [`secretsmanager://${full.rta.secretArn}`, FIRST]);
  assert.deepEqual([variables('rta-feed-north').RTA, variables('rta-feed-north').CONNECT_INSTANCES], [`secretsmanager://${SECRET}`, SECOND]);
  assert.notDeepEqual(variables('rta-feed').AGENTS, variables('rta-feed-north').AGENTS);
});

test('the board shows both, by their aliases, with the agents of both feeds', () => {
  // A simulated centre has an instance of its own.
  const { simulatedSource: _, ...contacts } = full.contacts;
  const functions = functionsOf(template(FULL, { connect, contacts }));
  const { CONNECT_INSTANCES, INSTANCE_NAMES, AGENTS } = functions.find(({ name }) => name === 'board')!.properties.Environment.Variables;
  assert.deepEqual([CONNECT_INSTANCES, INSTANCE_NAMES], [`${FIRST},${SECOND}`, 'example,example-north']);
  const tables = ['rta-feed', 'rta-feed-north'].map((name) => variables(name).AGENTS);
  assert.match(JSON.stringify(AGENTS), /dynamodb:\/\/.*,dynamodb:\/\//);
  for (const table of tables) assert.ok(JSON.stringify(AGENTS).includes(JSON.stringify(table).match(/Agents\w+/)?.[0] ?? 'none'), JSON.stringify(table));
});

test('both instances fill the streams, the rule and the log subscriptions', () => {
  const associations = Object.values(made().findResources('AWS::Connect::InstanceStorageConfig')).map(({ Properties }) => `${Properties.ResourceType} ${Properties.InstanceArn}`);
  assert.deepEqual(associations.sort(), ['AGENT_EVENTS', 'CONTACT_TRACE_RECORDS', 'SCHEDULED_REPORTS'].flatMap((type) => [`${type} ${FIRST}`, `${type} ${SECOND}`]).sort());
  const [rule] = Object.values(made().findResources('AWS::Events::Rule', { Properties: { Name: 'switchboard-dev-contact-events' } }));
  assert.deepEqual(rule?.Properties.EventPattern.detail.$or[0], { instanceArn: [FIRST, SECOND] });
  const groups = Object.values(made().findResources('AWS::Logs::SubscriptionFilter')).map(({ Properties }) => Properties.LogGroupName);
  assert.deepEqual(groups.sort(), ['/aws/connect/example', '/aws/connect/example-north']);
});

test('a role that asks Connect may ask its own instance alone', () => {
  const policies = JSON.stringify(Object.values(made().findResources('AWS::IAM::Policy')).filter(({ Properties }) =>
    JSON.stringify(Properties.PolicyDocument).includes(`${SECOND}/queue`)).map(({ Properties }) => Properties.PolicyDocument));
  assert.ok(policies.includes(SECOND) && !policies.includes(FIRST));
});

test('an instance that is there twice, of another place, or without a name of its own is refused', () => {
  const [north] = connect.instances;
  for (const [instances, message] of [
    [[{ ...north, instance: FIRST }], /connect\.instances: has an instance whose instance is another's/],
    [[{ ...north, alias: 'example' }], /connect\.instances: has an instance whose alias is another's/],
    [[north, { ...north, instance: FIRST.replace('11111111-', '33333333-'), alias: 'third' }], /connect\.instances: has an instance whose name is another's/],
    [[{ ...north, instance: SECOND.replace('ap-southeast-2', 'us-east-1') }], /connect\.instances: .*another account or region/],
    [[{ ...north, instance: SECOND.replace('111122223333', '444455556666') }], /connect\.instances: .*another account or region/],
    [[{ instance: SECOND, alias: 'b' }], /connect\.instances\.0\.name/],
    [[{ ...north, name: 'dlq' }], /connect\.instances: has an instance named "dlq"/],
    [[{ ...north, rtaSecretArn: undefined }], /connect\.instances: has an instance without an `rtaSecretArn` of its own/],
    [[{ ...north, rtaSecretArn: full.rta.secretArn }], /connect\.instances: has an instance without an `rtaSecretArn` of its own/],
    [[null], /connect\.instances\.0: /],
  ] as const) assert.throws(() => template(FULL, { connect: { ...connect, instances } }), message);
});

const REPLICA = FIRST.replace('ap-southeast-2', 'us-west-2');
const replicas = [{ instance: REPLICA, alias: 'example-replica' }];

test('a replica\'s agents are those of its source, and nothing is made for it here', () => {
  const alone = functionsOf(template(FULL, { connect: { ...connect, replicas } }));
  const settings = (name: string) => alone.find((one) => one.name === name)!.properties.Environment.Variables;
  const { CONNECT_INSTANCES, JOINED_INSTANCES } = settings('rta-feed');
  assert.deepEqual([CONNECT_INSTANCES, JOINED_INSTANCES], [`${FIRST},${REPLICA}`, `${FIRST},${REPLICA}`]);
  assert.deepEqual([settings('rta-feed-north').CONNECT_INSTANCES, settings('rta-feed-north').JOINED_INSTANCES], [SECOND, undefined]);
  assert.equal(settings('record-tables').CONNECT_INSTANCES, `${FIRST},${REPLICA},${SECOND}`);
  assert.equal(settings('metrics-poller').CONNECT_REQUESTS_PER_SECOND, variables('metrics-poller').CONNECT_REQUESTS_PER_SECOND, 'another Region has quotas of its own');
  assert.deepEqual(alone.map(({ name }) => name).sort(), functionsOf(made()).map(({ name }) => name).sort());
  const associations = template(FULL, { connect: { ...connect, replicas } }).findResources('AWS::Connect::InstanceStorageConfig');
  assert.ok(!JSON.stringify(associations).includes(REPLICA));
});

test('what comes from a replica is taken: by the rule, on shared streams, and on the board', () => {
  const { simulatedSource: _, ...contacts } = full.contacts;
  const sources = { ...full.sources, agentEvents: { streamArn: 'arn:aws:kinesis:ap-southeast-2:111122223333:stream/agent-events' } };
  const one = template(FULL, { connect: { ...full.connect, replicas }, contacts, sources });
  const settings = (name: string) => functionsOf(one).find((each) => each.name === name)!.properties.Environment.Variables;
  for (const name of ['contact-status', 'rta-feed', 'record-tables', 'board']) assert.equal(settings(name).CONNECT_INSTANCES, `${FIRST},${REPLICA}`, name);
  assert.equal(settings('board').INSTANCE_NAMES, 'example,example-replica');
  const [rule] = Object.values(one.findResources('AWS::Events::Rule', { Properties: { Name: 'switchboard-dev-contact-events' } }));
  assert.deepEqual(rule?.Properties.EventPattern.detail.$or[0], { instanceArn: [FIRST, REPLICA] });
});

test('without replicas no agents are joined', () => {
  assert.ok(!JSON.stringify(template(FULL).toJSON()).includes('JOINED_INSTANCES'));
});

test('a replica of nothing here, of this region, of another account or named twice is refused', () => {
  const [own] = replicas as [typeof replicas[number]];
  for (const [wrong, message] of [
    [[{ ...own, instance: REPLICA.replace('11111111-', '33333333-') }], /connect\.replicas: has an instance whose id none of the deployment's instances has/],
    [[{ ...own, instance: FIRST }], /connect\.replicas: has an instance of the deployment's region/],
    [[{ ...own, instance: REPLICA.replace('111122223333', '444455556666') }], /connect\.replicas: .*another account or partition/],
    [[{ ...own, instance: REPLICA.replace('arn:aws:', 'arn:aws-us-gov:') }], /connect\.replicas: .*another account or partition/],
    [[own, { ...own, alias: 'third' }], /connect\.replicas: has an instance whose instance is another's/],
    [[{ ...own, alias: 'example-north' }], /connect\.replicas: has an instance whose alias is another's/],
    [[{ instance: REPLICA }], /connect\.replicas\.0\.alias/],
  ] as const) assert.throws(() => template(FULL, { connect: { ...connect, replicas: wrong } }), message);
  assert.throws(() => template(FULL, { connect: { instance: 'create', alias: 'example', replicas } }), /connect\.replicas: has an instance whose id none/);
});
