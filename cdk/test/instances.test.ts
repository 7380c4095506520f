/** Several instances of one account and Region in one deployment. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { allOf, allTemplates, FULL, functionsOf, type Properties, template } from './support.ts';
import { alone, VARIANTS } from './variants.ts';

const full = JSON.parse(readFileSync(FULL, 'utf8'));
const FIRST: string = full.connect.instance;
const SECOND = FIRST.replace('11111111-', '22222222-');
const SECRET = full.rta.secretArn.replace('rta', 'rta-north');
const connect = { ...full.connect, instances: [{ name: 'north', instance: SECOND, alias: 'example-north', rtaSecretArn: SECRET }] };
const made = () => allTemplates(FULL, { connect });
const variables = (name: string) => made().flatMap(functionsOf).find((one) => one.name === name)?.properties.Environment.Variables;

test('what asks Connect is there for each instance, and what takes records takes those of both', () => {
  const names = made().flatMap(functionsOf).map(({ name }) => name);
  for (const name of ['metrics-poller', 'data-check', 'reconcile', 'rta-feed']) assert.ok(names.includes(name) && names.includes(`${name}-north`), name);
  assert.equal(variables('metrics-poller').CONNECT_INSTANCE_ARN, FIRST);
  assert.equal(variables('metrics-poller-north').CONNECT_INSTANCE_ARN, SECOND);
  assert.equal(variables('record-tables').CONNECT_INSTANCES, `${FIRST},${SECOND}`);
  assert.equal(names.filter((name) => /^(contact-status|ctr-enrich|record-tables|metrics-migrate)$/.test(name)).length, 4);
});

test('AWS counts requests by account, so instances share the budget of polls, and take turns with searches', () => {
  const parts = ['metrics-poller', 'metrics-poller-north'].map((name) => Number(variables(name).CONNECT_REQUESTS_PER_SECOND));
  assert.equal(parts[0]! + parts[1]!, full.metrics.requestsPerSecond);
  for (const name of ['reconcile', 'reconcile-north']) assert.equal(Number(variables(name).SEARCH_CONTACTS_PER_SECOND), full.records.searchesPerSecond, name);
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
  // The second's is what its nested stack tells.
  for (const table of tables) assert.ok(JSON.stringify(AGENTS).includes(JSON.stringify(table).match(/(?:Rta|Rtanorth)Agents(?=[0-9A-F]{8})/)?.[0] ?? 'none'), JSON.stringify(table));
});

test('both instances fill the streams, the rule and the log subscriptions', () => {
  const associations = allOf(made(), 'AWS::Connect::InstanceStorageConfig').map(({ ResourceType, InstanceArn }) => `${ResourceType} ${InstanceArn}`);
  assert.deepEqual(associations.sort(), ['AGENT_EVENTS', 'CONTACT_TRACE_RECORDS', 'SCHEDULED_REPORTS'].flatMap((type) => [`${type} ${FIRST}`, `${type} ${SECOND}`]).sort());
  const reports = allOf(made(), 'AWS::Connect::InstanceStorageConfig').flatMap(({ S3Config }) => S3Config?.BucketPrefix ?? []);
  assert.deepEqual(reports, ['reports', 'reports/north'], 'the queue hears of what is below reports/');
  const rule = allOf(made(), 'AWS::Events::Rule').find(({ Name }) => Name === 'switchboard-dev-contact-events');
  assert.deepEqual(rule?.EventPattern.detail.$or[0], { instanceArn: [FIRST, SECOND] });
  const groups = allOf(made(), 'AWS::Logs::SubscriptionFilter').map(({ LogGroupName }) => LogGroupName);
  assert.deepEqual(groups.sort(), ['/aws/connect/example', '/aws/connect/example-north']);
});

test('a role that asks Connect may ask its own instance alone', () => {
  const policies = JSON.stringify(allOf(made(), 'AWS::IAM::Policy').map(({ PolicyDocument }) => PolicyDocument).filter((document) =>
    JSON.stringify(document).includes(`${SECOND}/queue`)));
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
  const both = allTemplates(FULL, { connect: { ...connect, replicas } });
  const alone = both.flatMap(functionsOf);
  const settings = (name: string) => alone.find((one) => one.name === name)!.properties.Environment.Variables;
  const { CONNECT_INSTANCES, JOINED_INSTANCES } = settings('rta-feed');
  assert.deepEqual([CONNECT_INSTANCES, JOINED_INSTANCES], [`${FIRST},${REPLICA}`, `${FIRST},${REPLICA}`]);
  assert.deepEqual([settings('rta-feed-north').CONNECT_INSTANCES, settings('rta-feed-north').JOINED_INSTANCES], [SECOND, undefined]);
  assert.equal(settings('record-tables').CONNECT_INSTANCES, `${FIRST},${REPLICA},${SECOND}`);
  assert.equal(settings('metrics-poller').CONNECT_REQUESTS_PER_SECOND, variables('metrics-poller').CONNECT_REQUESTS_PER_SECOND, 'another Region has quotas of its own');
  assert.deepEqual(alone.map(({ name }) => name).sort(), made().flatMap(functionsOf).map(({ name }) => name).sort());
  const associations = allOf(both, 'AWS::Connect::InstanceStorageConfig');
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

/** As many instances as `switchboard doctor` says that fit. */
const MOST = Number(/MOST_INSTANCES: usize = (\d+);/.exec(readFileSync('../crates/cli/src/doctor/deployment.rs', 'utf8'))?.[1]);
/** So many with everything on, each of the others named as long as can be; no simulated centre, so that the board shows all. */
const TEN = {
  connect: {
    ...full.connect,
    instances: Array.from({ length: MOST - 1 }, (_, at) => ({
      name: `centre0${at}`, instance: FIRST.replace('11111111-', `0000000${at}-`), alias: `example-centre-0${at}`, rtaSecretArn: SECRET.replace('north', `centre-0${at}`),
    })),
  },
  contacts: { ...full.contacts, simulatedSource: undefined },
};
const TEN_ARNS = (TEN.connect.instances as { instance: string }[]).map(({ instance }) => instance);
const ten = () => allTemplates(FULL, TEN);

test('ten instances with everything on are within what CloudFormation takes in one stack', () => {
  const one = Object.keys(template(FULL, { contacts: TEN.contacts }).toJSON().Resources).length;
  const [stack, ...nested] = ten().map((each) => each.toJSON()) as [Properties, ...Properties[]];
  assert.equal(nested.length, 9, 'ten instances');
  // Beside its nested stack, each fourth instance brings a rule of contact events with two alarms.
  assert.ok(Object.keys(stack.Resources).length < one + 9 * 2, `${Object.keys(stack.Resources).length} after ${one}`);
  for (const made of [stack, ...nested]) {
    assert.ok(Object.keys(made.Resources).length <= 500);
    // As CDK writes it.
    assert.ok(JSON.stringify(made, undefined, 1).length < 1_000_000, 'a template has a megabyte');
    for (const section of ['Parameters', 'Outputs']) assert.ok(Object.keys(made[section] ?? {}).length <= 200, section);
  }
});

test('what the first instance has is called as it is alone', () => {
  const ids = (made: Properties) => Object.keys(made.Resources).filter((id) => !id.includes('CurrentVersion'));
  const [stack] = made().map((each) => each.toJSON()) as [Properties];
  assert.deepEqual(ids(template(FULL).toJSON()).filter((id) => !ids(stack).includes(id)), []);
  assert.deepEqual(ids(stack).filter((id) => !ids(template(FULL).toJSON()).includes(id)), ['Instancenorth']);
});

test('each of ten instances is named by a rule, and each rule is as long as EventBridge takes', () => {
  const rules = allOf(ten(), 'AWS::Events::Rule').filter(({ EventPattern }) => EventPattern.source[0] === 'aws.connect');
  const named = rules.flatMap(({ EventPattern }) => EventPattern.detail.$or[0].instanceArn);
  assert.deepEqual(named, [FIRST, ...TEN_ARNS]);
  for (const { EventPattern, Targets } of rules) {
    // The longest ARN is that of us-gov-west-1: six characters more.
    const longest = JSON.stringify(EventPattern).replaceAll('ap-southeast-2', 'us-gov-west-1').replaceAll('arn:aws:', 'arn:aws-us-gov:');
    assert.ok(longest.length <= 2048, `${longest.length}`);
    assert.equal(Targets.length, 2);
  }
  const silent = allOf(ten(), 'AWS::CloudWatch::Alarm').find(({ AlarmName }) => AlarmName === 'switchboard-dev-contact-events-silent')!;
  assert.equal(JSON.stringify(silent.Metrics).match(/"MetricName":"Invocations"/g)?.length, rules.length);
  assert.match(silent.Metrics[0].Expression, /SUM\(\[taken, taken2, taken3, came \* 0\]\)/);
});

test('the settings of every function have room for ten instances, and where they have not, the synthesis says so', () => {
  // Synthesis would throw.
  assert.ok(ten().flatMap(functionsOf).some(({ name }) => name === 'board'));
  const long = (TEN.connect.instances as Properties[]).map((one, at) => ({ ...one, alias: `${'example-'.repeat(7)}${at}` }));
  assert.throws(() => template(FULL, { ...TEN, connect: { ...TEN.connect, instances: long } }), /settings of switchboard-dev-board would have up to \d+ bytes, and Lambda takes 4096/);
});

test('an instance without anything of its own has no stack, and none without alarms a widget', () => {
  for (const [name, path, changes] of VARIANTS.filter(([name]) => name.endsWith(' alone'))) {
    const [stack, ...nested] = allTemplates(path, { ...changes, connect }).map((each) => each.toJSON()) as [Properties, ...Properties[]];
    for (const made of nested) assert.ok(Object.keys(made.Resources ?? {}).length > 0, name);
    const dashboards = Object.values<Properties>(stack.Resources).filter(({ Type }) => Type === 'AWS::CloudWatch::Dashboard');
    for (const { Properties: { DashboardBody } } of dashboards) assert.doesNotMatch(JSON.stringify(DashboardBody), /alarms\\?":\s*\[\]/, name);
  }
  // Nothing of the centre's is the second instance's alone here.
  assert.equal(allTemplates(FULL, { ...alone('callerApi'), connect }).length, 1);
});

test('the dashboard shows the alarms of each instance, at most a hundred in a widget', () => {
  const [dashboard] = allOf(ten(), 'AWS::CloudWatch::Dashboard');
  const body = JSON.parse(dashboard!.DashboardBody['Fn::Join'][1].map((part: unknown) => (typeof part === 'string' ? part : JSON.stringify(part).replaceAll('"', '\''))).join(''));
  const shown = (body.widgets as Properties[]).filter(({ type }) => type === 'alarm').map(({ properties }) => properties.alarms as string[]);
  assert.equal(new Set(shown.flat()).size, allOf(ten(), 'AWS::CloudWatch::Alarm').length);
  for (const alarms of shown) assert.ok(alarms.length > 0 && alarms.length <= 100, String(alarms.length));
});

test('the board counts the dead letters of all instances, by names that are there once', () => {
  const queues = allOf(ten(), 'AWS::SQS::Queue').map(({ QueueName }) => String(QueueName)).filter((name) => name.endsWith('-dlq'));
  const setting = JSON.stringify(ten().flatMap(functionsOf).find(({ name }) => name === 'board')!.properties.Environment.Variables.DEAD_LETTER_QUEUES);
  const counted = [...setting.matchAll(/\/(switchboard-dev-)\{([^}]*)\}(?:\{([^}]*)\})?-dlq/g)].flatMap(([, prefix, names = '', endings = '']) =>
    names.split(',').flatMap((name) => endings.split(',').map((ending) => `${prefix}${name}${ending}-dlq`)));
  assert.deepEqual(counted.sort(), queues.sort());
});

test('when a reader of another instance begins is remembered by the stack, as nothing does it for a nested one', () => {
  const agentEvents = { streamArn: 'arn:aws:kinesis:ap-southeast-2:111122223333:stream/agent-events' };
  const [stack, nested] = allTemplates(FULL, { connect, sources: { ...full.sources, agentEvents } }).map((each) => each.toJSON()) as [Properties, Properties];
  const defaults = ({ Parameters }: Properties) => Object.keys(Parameters ?? {}).filter((name) => Parameters[name].Default !== undefined);
  assert.deepEqual(defaults(nested), []);
  assert.equal(defaults(stack).filter((name) => name.includes('rtaagentsnorth')).length, 1);
});
