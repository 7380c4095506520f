import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Match } from 'aws-cdk-lib/assertions';
import { actions, FULL, SAMPLE, template } from '../support.ts';

test('agent events are read in batches of five seconds that fit into one invocation, four of a shard at once', () => {
  template(SAMPLE).hasResourceProperties('AWS::Lambda::EventSourceMapping', {
    BatchSize: 800, MaximumBatchingWindowInSeconds: 5,
  });
});

test('the whole picture is sent every five minutes', () => {
  template(SAMPLE).hasResourceProperties('AWS::Scheduler::Schedule', {
    ScheduleExpression: 'rate(5 minutes)', Target: Match.objectLike({ Input: '{"rta":"snapshot"}' }),
  });
});

test('a snapshot that fails is told to a queue', () => {
  template(SAMPLE).hasResourceProperties('AWS::Lambda::EventInvokeConfig', {
    MaximumRetryAttempts: 2, DestinationConfig: { OnFailure: { Destination: Match.anyValue() } },
  });
});

test('the feed\'s settings are the config\'s', () => {
  template(FULL).hasResourceProperties('AWS::Lambda::Function', {
    FunctionName: 'switchboard-dev-rta-feed',
    Environment: {
      Variables: Match.objectLike({ RTA_STATES: 'activity', RTA_FORMAT: 'json', RTA: Match.stringLikeRegexp('^secretsmanager://arn:') }),
    },
  });
});

test('the WFM\'s role reads one stream and its key, and only with the external id', () => {
  const made = template(FULL);
  made.hasResourceProperties('AWS::IAM::Role', {
    AssumeRolePolicyDocument: Match.objectLike({
      Statement: [Match.objectLike({ Action: 'sts:AssumeRole', Condition: { StringEquals: { 'sts:ExternalId': 'agreed-with-the-wfm' } } })],
    }),
  });
  const policies = Object.entries(made.findResources('AWS::IAM::Policy')).filter(([id]) => id.startsWith('StreamReader'));
  assert.equal(policies.length, 2);
  for (const [, { Properties }] of policies) {
    const [stream, key, ...others] = Properties.PolicyDocument.Statement;
    assert.match(stream.Resource['Fn::GetAtt'].join(), /^AgentEvents\w+,Arn$/);
    assert.equal(key.Action, 'kms:Decrypt');
    assert.deepEqual(others, []);
  }
});

test('an access key is in Secrets Manager and in no output', () => {
  const made = template(FULL);
  made.hasResourceProperties('AWS::SecretsManager::Secret', { SecretString: Match.anyValue(), KmsKeyId: Match.anyValue() });
  assert.doesNotMatch(JSON.stringify(made.toJSON().Outputs), /SecretAccessKey/);
  template(FULL, { streamReader: { account: '012345678910', externalId: 'agreed-with-the-wfm' } }).resourceCountIs('AWS::IAM::User', 0);
});

test('the feed reads and writes its table, and nothing else', () => {
  const allowed =
    /^(dynamodb:(BatchGetItem|PutItem|Scan)|kms:|kinesis:(Describe|Get|List|Subscribe)|logs:|secretsmanager:|sqs:(SendMessage|GetQueue))/;
  assert.deepEqual(actions(template(SAMPLE), 'rta-feed').filter((action) => !allowed.test(action)), []);
});
