/** Settings that the golden templates do not have: each must make what it says, and nothing that it does not need. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FULL, functionsOf, template } from './support.ts';
import { alone } from './variants.ts';

const FUNCTIONS: Record<string, string[]> = {
  enrichment: ['ctr-enrich', 'search-setup'],
  workforce: ['ctr-sftp'],
  rta: ['rta-feed'],
  streamReader: [],
  contacts: ['contact-flow', 'contact-status'],
  metrics: ['data-check', 'metrics-poller'],
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
  assert.equal(sources.length, 3);
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
