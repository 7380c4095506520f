import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Match } from 'aws-cdk-lib/assertions';
import { parseConfig } from '../../lib/config.ts';
import { BUCKET_THERE, type Changes, FULL, functionsOf, type Properties, SAMPLE, statements, STREAMS_THERE, template } from '../support.ts';
import { readFileSync } from 'node:fs';

const OWN = { board: { signIn: { domainPrefix: 'example-board' } } };
const GIVEN = { board: { signIn: { domainPrefix: 'example-board', userPoolId: 'ap-southeast-2_AbCdEf123' } } };
const POOL = 'switchboard-dev-board';
const of = (made: ReturnType<typeof template>, type: string): Properties[] => Object.values(made.findResources(type)).map(({ Properties }) => Properties);
const settings = (made: ReturnType<typeof template>): Properties => functionsOf(made).find(({ name }) => name === 'board')?.properties.Environment.Variables;

test('nobody signs up, and the pool\'s own users have a second factor', () => {
  const [pool] = of(template(FULL, OWN), 'AWS::Cognito::UserPool').filter(({ UserPoolName }) => UserPoolName === POOL);
  assert.equal(pool?.AdminCreateUserConfig.AllowAdminCreateUserOnly, true);
  assert.deepEqual([pool?.MfaConfiguration, pool?.EnabledMfas], ['ON', ['SOFTWARE_TOKEN_MFA']]);
  const groups = of(template(FULL), 'AWS::Cognito::UserPoolGroup').map(({ GroupName }) => GroupName);
  assert.deepEqual(groups.sort(), ['TeamA', 'investigators', 'supervisors', 'walls']);
});

test('passwords go to Cognito alone, and a token is of a quarter of an hour', () => {
  for (const changes of [{}, OWN, GIVEN]) {
    const clients = of(template(FULL, changes), 'AWS::Cognito::UserPoolClient');
    assert.deepEqual(clients.map(({ RefreshTokenValidity }) => RefreshTokenValidity).sort(), [129_600, 720]);
    for (const client of clients) {
      assert.deepEqual(client.ExplicitAuthFlows, ['ALLOW_REFRESH_TOKEN_AUTH']);
      assert.deepEqual([client.AllowedOAuthFlows, client.AllowedOAuthScopes], [['code'], ['openid']]);
      assert.deepEqual([client.IdTokenValidity, client.AccessTokenValidity], [15, 15]);
      assert.deepEqual([client.EnableTokenRevocation, client.GenerateSecret], [true, false]);
    }
  }
});

test('users of another provider bring their groups, and are the only ones', () => {
  const made = template(FULL);
  made.hasResourceProperties('AWS::Cognito::UserPoolIdentityProvider', {
    ProviderType: 'SAML', AttributeMapping: { 'custom:groups': 'groups' }, ProviderDetails: Match.objectLike({ MetadataURL: 'https://login.example.com/saml' }),
  });
  assert.equal(settings(made).GROUPS_CLAIM, 'custom:groups');
  for (const { SupportedIdentityProviders } of of(made, 'AWS::Cognito::UserPoolClient')) {
    assert.equal(SupportedIdentityProviders.length, 1);
    assert.notEqual(SupportedIdentityProviders[0], 'COGNITO');
  }
  assert.equal(settings(template(FULL, OWN)).GROUPS_CLAIM, undefined);
  assert.ok(of(template(FULL, GIVEN), 'AWS::Cognito::UserPool').every(({ UserPoolName }) => UserPoolName !== POOL));
});

test('the function gets what the config says', () => {
  const { AGENT_NAMES, TIME_ZONE, GROUPS, SIGN_IN_URL, BOARD_URL, AGENTS } = settings(template(FULL));
  assert.deepEqual([AGENT_NAMES, TIME_ZONE], ['initials', 'Australia/Sydney']);
  assert.deepEqual(JSON.parse(GROUPS), { TeamA: { role: 'supervisors', queues: ['22222222-3333-4444-5555-666666666666'], hierarchyGroups: ['North'] } });
  assert.match(JSON.stringify(SIGN_IN_URL), /https:\/\/example-board\.auth\./);
  assert.match(JSON.stringify(BOARD_URL), /https:\/\/.*\.execute-api\./);
  assert.ok(AGENTS);
  assert.equal(settings(template(FULL, { ...OWN, rta: undefined })).AGENTS, undefined, 'without their table there are no agents');
});

test('tiles have the thresholds of the config, and no alarm is below its warning', () => {
  const { THRESHOLDS } = settings(template(FULL));
  const queues = { '22222222-3333-4444-5555-666666666666': { longestWaitSeconds: { warn: 30, alarm: 90 } } };
  assert.deepEqual(JSON.parse(THRESHOLDS), { waiting: { warn: 5, alarm: 10 }, queues });
  assert.equal(settings(template(FULL, OWN)).THRESHOLDS, undefined);
  const full = JSON.parse(readFileSync(FULL, 'utf8'));
  const refused = (thresholds: unknown) => assert.throws(() => parseConfig({ ...full, board: { ...OWN.board, thresholds } }, 'it'), /board\.thresholds/);
  for (const waiting of [{ warn: 3, alarm: 2 }, { warn: 3 }, { warn: -1, alarm: 2 }]) refused({ waiting });
  refused({ queues: { billing: { waiting: { warn: 1, alarm: 2 } } } });
  const id = (at: number) => `22222222-3333-4444-5555-${String(at).padStart(12, '0')}`;
  refused({ queues: Object.fromEntries(Array.from({ length: 40 }, (_, at) => [id(at), { waiting: { warn: 1, alarm: 2 } }])) });
});

test('a single instance needs no name in addresses', () => {
  const { CONNECT_INSTANCES, INSTANCE_NAMES } = settings(template(FULL));
  assert.deepEqual([CONNECT_INSTANCES, INSTANCE_NAMES], [undefined, undefined]);
});

test('figures of the day are read with a login of their own, which changes nothing', () => {
  const { METRICS_DB } = settings(template(FULL));
  assert.match(JSON.stringify(METRICS_DB), /boardLogin/);
  const tables = ({ RECORD_TABLES, METRIC_TABLES }: Properties) => [RECORD_TABLES, METRIC_TABLES];
  assert.deepEqual(tables(settings(template(FULL))), ['on', 'on']);
  const polled = template(FULL, { ...OWN, records: undefined });
  assert.deepEqual(tables(settings(polled)), ['off', 'on'], 'then they are those of Connect\'s own metrics');
  assert.match(JSON.stringify(settings(polled).METRICS_DB), /boardLogin/);
  const migrate = (made: ReturnType<typeof template>, name: string) => functionsOf(made).find((one) => one.name === name)?.properties.Environment.Variables;
  for (const made of [template(FULL), polled]) assert.match(JSON.stringify(migrate(made, 'metrics-migrate').BOARD_LOGIN), /boardLogin/);
  assert.equal(settings(template(FULL, { ...OWN, records: undefined, metrics: undefined, callerApi: undefined, quickSight: undefined })).METRICS_DB, undefined);
  const full = JSON.parse(readFileSync(FULL, 'utf8'));
  const elsewhere = { ...full, board: { ...OWN.board, timeZone: 'Asia/Tokyo' } };
  assert.throws(() => parseConfig(elsewhere, 'it'), /board\.timeZone: is none of `records\.timeZones`/);
});

test('the board counts what is in every dead-letter queue, and may ask these alone', () => {
  for (const made of [template(FULL), template(BUCKET_THERE, OWN), template(STREAMS_THERE, OWN)]) {
    const queues = Object.entries(made.findResources('AWS::SQS::Queue')).filter(([, { Properties }]) => /-dlq$/.test(Properties.QueueName));
    const names = queues.map(([, { Properties }]) => /^switchboard-\w+?-(.*)-dlq$/.exec(Properties.QueueName)?.[1]);
    const setting = JSON.stringify(settings(made).DEAD_LETTER_QUEUES);
    assert.match(setting, /https:\/\/sqs\.[\w-]+\.",\{"Ref":"AWS::URLSuffix"\},"\/111122223333\/switchboard-\w+-\{/);
    assert.deepEqual(/\{([\w,-]+)\}-dlq"/.exec(setting)?.[1]?.split(',').sort(), names.sort());
    const asked = statements(made, 'board').filter(({ Action }) => [Action].flat().includes('sqs:GetQueueAttributes'));
    assert.deepEqual(asked.map(({ Action }) => Action), ['sqs:GetQueueAttributes']);
    const resources = asked.flatMap(({ Resource }) => [Resource].flat() as unknown as Properties[]).map((resource) => resource['Fn::GetAtt']?.[0]);
    assert.deepEqual(resources.sort(), queues.map(([id]) => id).sort());
  }
});

test('requests are throttled by the number of walls, and events wait a second at most', () => {
  const stage = (walls: number) => of(template(FULL, { board: { ...OWN.board, walls } }), 'AWS::ApiGatewayV2::Stage')
    .map(({ DefaultRouteSettings }) => DefaultRouteSettings.ThrottlingRateLimit);
  assert.ok(stage(5).includes(25) && stage(200).includes(220));
  const windows = (changes: Changes) => of(template(FULL, changes), 'AWS::Lambda::EventSourceMapping')
    .filter(({ FunctionName, BatchSize }) => /Contacts|Rta/.test(JSON.stringify(FunctionName)) && [500, 800].includes(BatchSize))
    .map(({ MaximumBatchingWindowInSeconds }) => MaximumBatchingWindowInSeconds).sort();
  assert.deepEqual(windows({}), [1, 1]);
  assert.deepEqual(windows({ board: undefined }), [2, 5]);
  // Contact events come by queues: to who keeps contacts, and to the record tables.
  const ofQueues = (changes: Changes) => of(template(FULL, changes), 'AWS::Lambda::EventSourceMapping')
    .filter(({ EventSourceArn, FunctionName, BatchSize }) => BatchSize === 100 && /Queue/.test(JSON.stringify(EventSourceArn)) && /Contacts|RecordTables/.test(JSON.stringify(FunctionName)))
    .map(({ MaximumBatchingWindowInSeconds }) => MaximumBatchingWindowInSeconds).sort();
  assert.deepEqual(ofQueues({}), [1, 1]);
  assert.deepEqual(ofQueues({ board: undefined }), [1, 5]);
});

test('a board without contacts, or with users elsewhere, is refused', () => {
  const full = JSON.parse(readFileSync(FULL, 'utf8'));
  assert.throws(() => parseConfig({ ...full, contacts: undefined }, 'it'), /board: shows what `contacts` keeps/);
  const board = { signIn: { domainPrefix: 'example-board', userPoolId: 'eu-west-1_AbCdEf123' } };
  assert.throws(() => parseConfig({ ...full, board }, 'it'), /board\.signIn\.userPoolId: is in another region/);
  assert.throws(() => parseConfig({ ...full, board: { signIn: { domainPrefix: 'my-cognito' } } }, 'it'), /board\.signIn/);
});

test('there is no board unless it is asked for', () => {
  template(SAMPLE).resourceCountIs('AWS::Cognito::UserPoolClient', 0);
});
