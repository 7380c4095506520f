/** What no edit of the config may delete: whatever holds customers' data, and the instance that the stack made. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Template } from 'aws-cdk-lib/assertions';
import { FULL, type Properties, SAMPLE, template } from '../support.ts';

/** Types of resources in which data rests. */
const HOLDS = [
  'AWS::Connect::Instance', 'AWS::Connect::PhoneNumber', 'AWS::DynamoDB::Table', 'AWS::KMS::Key', 'AWS::Kinesis::Stream', 'AWS::Logs::LogGroup',
  'AWS::OpenSearchService::Domain', 'AWS::RDS::DBCluster', 'AWS::S3::Bucket', 'AWS::SQS::Queue',
];
/** Those of them that may go, each with its reason. */
const GOES: [pattern: RegExp, reason: string][] = [
  [/LogGroup .*Log$/, 'logs of our own functions and services have nobody\'s data in them'],
  [/Table RtaAgents$/, 'agents\' states are told again by the stream'],
  [/Queue .*Failures$/, 'envelopes of scheduled calls, and lines that are in the log group as well'],
  [/Queue FoundationMissedCalls$/, 'scheduled calls'],
  [/Queue MetricsPolls\w*Ticks/, 'they say "poll now"'],
  [/Queue WorkforceObjects/, 'they name objects, which stay in the bucket'],
  [/Queue .*(AgentEvents|ContactRecords|Archive)DeadLetters$/, 'they say where in a stream something is, not what'],
];

const CREATED = { connect: { instance: 'create', alias: 'example', number: { country: 'AU', type: 'DID' } } };
const name = (id: string, { Type }: Properties) => `${Type.split('::').at(-1)} ${id.replace(/[0-9A-F]{8}$/, '')}`;
const holders = (made: Template): [string, Properties][] =>
  Object.entries(made.toJSON().Resources as Record<string, Properties>).filter(([, { Type }]) => HOLDS.includes(Type))
    .map(([id, resource]) => [name(id, resource), resource]);

for (const [config, made] of [['all settings', template(FULL)], ['a new instance', template(FULL, CREATED)]] as const) {
  test(`with ${config}, what holds customers' data stays when it leaves the template or is replaced`, () => {
    for (const [id, { DeletionPolicy, UpdateReplacePolicy }] of holders(made)) {
      if (id !== 'LogGroup ContactsFlowLogsLog' && GOES.some(([pattern]) => pattern.test(id))) continue;
      const stays = id.startsWith('DBCluster') ? 'Snapshot' : 'Retain';
      assert.deepEqual([DeletionPolicy, UpdateReplacePolicy], [stays, stays], id);
    }
  });
}

test('each exception is one', () => {
  const ids = holders(template(FULL)).map(([id]) => id);
  for (const [pattern, reason] of GOES) assert.ok(ids.some((id) => pattern.test(id)), reason);
});

test('the instance that the stack made stays when the config names it instead, or gets another alias', () => {
  const made = template(SAMPLE, CREATED);
  for (const type of ['AWS::Connect::Instance', 'AWS::Connect::PhoneNumber']) {
    made.hasResource(type, { DeletionPolicy: 'Retain', UpdateReplacePolicy: 'Retain' });
  }
  made.hasResource('AWS::Logs::LogGroup', { Properties: { LogGroupName: '/aws/connect/example' }, DeletionPolicy: 'Retain' });
});
