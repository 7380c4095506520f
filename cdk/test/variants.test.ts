/** Settings that the golden templates do not have: each must make what it says, and nothing that it does not need. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Template } from 'aws-cdk-lib/assertions';
import { FULL, functionsOf, sharedStack, template } from './support.ts';
import { alone } from './variants.ts';

const FUNCTIONS: Record<string, string[]> = {
  enrichment: ['ctr-enrich', 'search-setup'],
  workforce: ['ctr-sftp'],
  rta: ['rta-feed'],
  streamReader: [],
  contacts: ['contact-flow', 'contact-status'],
  metrics: ['data-check', 'metrics-migrate', 'metrics-poller'],
  records: ['data-check', 'metrics-migrate', 'metrics-poller', 'reconcile', 'record-tables', 'record-tables-migrate'],
  callerApi: ['caller-api'],
};

for (const [capability, names] of Object.entries(FUNCTIONS)) {
  test(`${capability} works alone: its functions, and no others`, () => {
    assert.deepEqual(functionsOf(template(FULL, alone(capability))).map(({ name }) => name).sort(), names);
  });
}

test('every queue hides a message for six times as long as its function may take, at least', () => {
  const made = template(FULL);
  const queues = made.findResources('AWS::SQS::Queue');
  const functions = made.findResources('AWS::Lambda::Function');
  const sources = Object.values(made.findResources('AWS::Lambda::EventSourceMapping')).map(({ Properties }) => Properties)
    .filter(({ EventSourceArn }) => queues[EventSourceArn['Fn::GetAtt']?.[0]]);
  assert.equal(sources.length, 4);
  for (const { EventSourceArn, FunctionName } of sources) {
    const queue = queues[EventSourceArn['Fn::GetAtt'][0]]?.Properties;
    const timeout = functions[FunctionName.Ref]?.Properties.Timeout;
    assert.ok(timeout > 0 && queue.VisibilityTimeout >= 6 * timeout, queue.QueueName);
  }
});

test('a log of accesses is kept where there is a bucket to log, and nowhere else', () => {
  template(FULL, alone('rta')).resourceCountIs('AWS::S3::Bucket', 0);
  template(FULL, alone('workforce')).resourceCountIs('AWS::S3::Bucket', 2);
});

test('two deployments of one environment have no name in common', () => {
  const names = (made: Template) => new Set([...JSON.stringify(made.toJSON()).matchAll(/"(?:\w*Name|DomainPrefix|Name)":"(switchboard[\w-]*)"/g)].map(([, name]) => name));
  const [one, other] = [names(template(FULL)), names(template(FULL, { name: 'second' }))];
  // Of the database within its cluster.
  [one, other].forEach((found) => found.delete('switchboard'));
  assert.ok(one.size > 50);
  assert.deepEqual([...one].filter((name) => other.has(name)), []);
  assert.deepEqual([...other].filter((name) => !name?.startsWith('switchboard-dev-second') && !name?.startsWith('switchboard_dev_second')), []);
  assert.notEqual(sharedStack(FULL).stackName, sharedStack(FULL, { name: 'second' }).stackName);
});
