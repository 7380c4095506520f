/** What each role may do, compared with what its code, or the service that uses it, calls. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { actions, FULL, functionsOf, type Properties, SAMPLE, statements, template } from './support.ts';

const full = template(FULL);

/** What Lambda does with the function's own role. */
const LOG = ['logs:CreateLogStream', 'logs:PutLogEvents'];
const READ_STREAM = ['kinesis:DescribeStream', 'kinesis:DescribeStreamSummary', 'kinesis:GetRecords', 'kinesis:GetShardIterator', 'kinesis:ListShards'];
const READ_QUEUE = ['sqs:DeleteMessage', 'sqs:GetQueueAttributes', 'sqs:ReceiveMessage'];
const PUT_ASIDE = ['sqs:SendMessage'];
const JOIN = [
  'ec2:AssignPrivateIpAddresses', 'ec2:CreateNetworkInterface', 'ec2:DeleteNetworkInterface', 'ec2:DescribeNetworkInterfaces',
  'ec2:DescribeSubnets', 'ec2:UnassignPrivateIpAddresses',
];
/** What the key is used for: to read what is encrypted with it, and to write. */
const DECRYPT = ['kms:Decrypt'];
const ENCRYPT = ['kms:Decrypt', 'kms:GenerateDataKey'];

const LISTS = ['connect:ListAgentStatuses', 'connect:ListQueues', 'connect:ListRoutingProfiles', 'connect:ListUsers'];
const TELL = ['connect:GetCurrentMetricData', 'connect:GetCurrentUserData', 'connect:GetMetricData', 'connect:GetMetricDataV2'];
const TRANSACT = ['rds-data:BeginTransaction', 'rds-data:CommitTransaction', 'rds-data:ExecuteStatement', 'rds-data:RollbackTransaction'];

/** Of each function: what its code calls, and what Lambda does for it. */
const CALLS: Record<string, { code: string[]; lambda: string[] }> = {
  'ctr-enrich': { code: ['kinesis:PutRecords', 'secretsmanager:GetSecretValue'], lambda: [...LOG, ...ENCRYPT, ...JOIN] },
  'ctr-sftp': { code: ['s3:GetObject', 's3:PutObject', 'secretsmanager:GetSecretValue'], lambda: [...LOG, ...ENCRYPT, ...READ_QUEUE, ...JOIN] },
  'contact-status': {
    code: ['dynamodb:BatchWriteItem', 'dynamodb:GetItem', 'dynamodb:PutItem', 'dynamodb:Query', 'dynamodb:UpdateItem'],
    lambda: [...LOG, ...ENCRYPT, ...READ_QUEUE, ...READ_STREAM, ...PUT_ASIDE],
  },
  'contact-flow': {
    code: [
      'dynamodb:BatchGetItem', 'dynamodb:BatchWriteItem', 'dynamodb:GetItem', 'dynamodb:PutItem', 'dynamodb:Query', 'dynamodb:UpdateItem',
    ],
    lambda: [...LOG, ...ENCRYPT],
  },
  'caller-api': { code: ['dynamodb:BatchGetItem'], lambda: [...LOG, ...DECRYPT] },
  'metrics-poller': {
    // It puts a minute's polls onto its own queue.
    code: [...LISTS, ...TELL, ...TRANSACT, 'sqs:SendMessageBatch'], lambda: [...LOG, ...ENCRYPT, ...READ_QUEUE, ...PUT_ASIDE, 'secretsmanager:GetSecretValue'],
  },
  'record-tables': {
    code: [...TRANSACT, 's3:GetObject', 'secretsmanager:GetSecretValue'],
    lambda: [...LOG, ...ENCRYPT, ...READ_QUEUE, ...READ_STREAM, ...PUT_ASIDE, 'kinesis:SubscribeToShard'],
  },
  'reconcile': {
    code: [
      'connect:DescribeContact', 'connect:GetMetricDataV2', 'connect:ListQueues', 'connect:ListUsers', 'connect:SearchContacts', ...TRANSACT,
      'dynamodb:BatchGetItem', 'secretsmanager:GetSecretValue',
    ],
    lambda: [...LOG, ...DECRYPT, ...PUT_ASIDE],
  },
  'record-tables-migrate': { code: [...TRANSACT, 'secretsmanager:GetSecretValue'], lambda: [...LOG, ...DECRYPT] },
  'metrics-migrate': { code: [...TRANSACT, 'secretsmanager:GetSecretValue'], lambda: [...LOG, ...DECRYPT] },
  'data-check': { code: ['rds-data:ExecuteStatement'], lambda: [...LOG, ...DECRYPT, 'secretsmanager:GetSecretValue'] },
  'rta-feed': {
    code: ['dynamodb:BatchGetItem', 'dynamodb:PutItem', 'dynamodb:Scan', 'secretsmanager:GetSecretValue'],
    lambda: [...LOG, ...ENCRYPT, ...READ_STREAM, ...PUT_ASIDE, ...JOIN],
  },
  'board': {
    code: ['dynamodb:BatchGetItem', 'dynamodb:GetItem', 'dynamodb:Query', 'dynamodb:Scan', 'firehose:PutRecordBatch', 'rds-data:ExecuteStatement', 'secretsmanager:GetSecretValue', 'sqs:GetQueueAttributes'],
    lambda: [...LOG, ...DECRYPT],
  },
  'search-setup': { code: ['es:ESHttpGet', 'es:ESHttpPost', 'es:ESHttpPut'], lambda: [...LOG, ...PUT_ASIDE] },
};

/** The action that permits a call. */
const permits = (call: string) => (call === 'sqs:SendMessageBatch' ? 'sqs:SendMessage' : call);

for (const { name } of functionsOf(full)) {
  test(`${name} may do what is called with its role, and nothing else`, () => {
    const { code, lambda } = CALLS[name] ?? { code: [], lambda: [] };
    assert.deepEqual(actions(full, name), [...new Set([...code, ...lambda].map(permits))].sort());
  });
}

test('the code calls what the list says that it does', () => {
  const read = (folder: string): string => readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.rs')).map((entry) => readFileSync(`${entry.parentPath}/${entry.name}`, 'utf8')).join('\n');
  const sources = ['../crates', '../functions'].map(read).join('\n');
  for (const call of new Set(Object.values(CALLS).flatMap(({ code }) => code))) {
    const [service, action = ''] = call.split(':');
    const method = action.replace(/V2$/, '_v2').replaceAll(/(?<!^)([A-Z])/g, '_$1').toLowerCase().replace('__v2', '_v2');
    if (service !== 'es') assert.match(sources, new RegExp(`\\.${method}\\(`), call);
  }
});

test('only Lambda uses a function\'s right to join a network, not its code', () => {
  for (const name of ['ctr-enrich', 'ctr-sftp', 'rta-feed']) {
    const [denied, ...others] = statements(full, name).filter(({ Effect }) => Effect === 'Deny') as unknown as Properties[];
    assert.deepEqual(others, []);
    assert.deepEqual([denied?.Action].flat().sort(), JOIN);
    assert.match(JSON.stringify(denied?.Condition), new RegExp(`"ArnEquals":\\{"lambda:SourceFunctionArn":.*:function:switchboard-dev-${name}"`));
  }
});

test('the database\'s owner is nobody who runs day by day', () => {
  const secrets = (name: string) => statements(full, name).filter(({ Action }) => Action === 'secretsmanager:GetSecretValue')
    .flatMap(({ Resource }) => [Resource].flat()).map((resource) => JSON.stringify(resource));
  const owner = (resource: string) => resource.includes('MasterUserSecret');
  assert.deepEqual(functionsOf(full).map(({ name }) => name).filter((name) => secrets(name).some(owner)), ['metrics-migrate', 'record-tables-migrate']);
  for (const [name, login] of [['metrics-poller', 'pollerLogin'], ['data-check', 'checkLogin'], ['record-tables', 'recordsLogin'], ['reconcile', 'recordsLogin'], ['board', 'boardLogin']] as const) {
    const logins = secrets(name).filter((secret) => secret.includes('Login'));
    assert.equal(logins.length, 1);
    assert.match(logins[0]!, new RegExp(login));
    assert.match(JSON.stringify(functionsOf(full).find((one) => one.name === name)?.properties.Environment.Variables.METRICS_DB), new RegExp(login));
  }
  const variables = functionsOf(full).find(({ name }) => name === 'metrics-migrate')?.properties.Environment.Variables;
  assert.match(JSON.stringify(variables.POLLER_LOGIN), /^\{"Fn::Join":\["",\["secretsmanager:\/\/",.*pollerLogin/);
  assert.match(JSON.stringify(variables.CHECK_LOGIN), /checkLogin/);
});

test('a login\'s password is made where it is kept, of what SQL takes as it is', () => {
  const made = Object.values(full.findResources('AWS::SecretsManager::Secret')).map(({ Properties }) => Properties).filter(({ GenerateSecretString }) => GenerateSecretString?.SecretStringTemplate);
  assert.deepEqual(made.map(({ GenerateSecretString }) => JSON.parse(GenerateSecretString.SecretStringTemplate).username).sort(), ['switchboard_board', 'switchboard_check', 'switchboard_poller', 'switchboard_records']);
  for (const { GenerateSecretString, KmsKeyId } of made) {
    assert.deepEqual([GenerateSecretString.ExcludePunctuation, GenerateSecretString.PasswordLength], [true, 40]);
    assert.ok(KmsKeyId);
  }
});

test('who looks at the search index cannot delete it, nor its template, nor its pipeline', () => {
  const [domain] = Object.values(full.findResources('AWS::OpenSearchService::Domain'));
  const policies = Object.entries(full.findResources('AWS::IAM::Policy')).filter(([id]) => id.startsWith('EnrichmentSearchUsersRole'))
    .flatMap(([, { Properties }]) => Properties.PolicyDocument.Statement as Properties[]);
  const admitted = (domain?.Properties.AccessPolicies.Statement as Properties[]).filter(({ Principal }) => JSON.stringify(Principal).includes('SearchUsersRole'));
  assert.ok(policies.length > 0 && admitted.length === policies.length);
  for (const { Action, Resource } of [...policies, ...admitted]) {
    const changing = [Action].flat().filter((action) => !['es:ESHttpGet', 'es:ESHttpHead'].includes(action));
    if (changing.length === 0) continue;
    for (const path of [Resource].flat().map((resource) => /:domain\/[\w-]+\/(.*)$/.exec(String(resource))?.[1] ?? '')) {
      assert.match(path, /^_dashboards\/(auth|internal\/search|api\/(?!console|ism|im)\w+)/, JSON.stringify(Resource));
      if (changing.includes('es:ESHttpDelete')) assert.equal(path, '_dashboards/api/saved_objects/*');
    }
  }
});

test('every service acts for this account only', () => {
  const roles = Object.values(full.findResources('AWS::IAM::Role')).flatMap(({ Properties }) => Properties.AssumeRolePolicyDocument.Statement as Properties[])
    .filter(({ Principal }) => Principal.Service && Principal.Service !== 'lambda.amazonaws.com');
  assert.equal(new Set(roles.flatMap(({ Principal }) => Principal.Service)).size, 6);
  for (const { Condition, Principal } of roles) {
    const [[, keys]] = Object.entries(Condition ?? { none: {} }) as [[string, object]];
    assert.deepEqual(Object.values(keys), ['111122223333'], Principal.Service);
  }
});

test('no role may do anything on everything, but where AWS knows no narrower resource', () => {
  for (const made of [full, template(SAMPLE)]) {
    for (const { Properties } of Object.values(made.findResources('AWS::IAM::Policy'))) {
      for (const { Action, Effect, Resource } of Properties.PolicyDocument.Statement) {
        if (Effect === 'Deny' || ![Resource].flat().includes('*')) continue;
        for (const action of [Action].flat()) assert.match(action, /^ec2:/);
      }
    }
  }
});
