import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { logLevel, parseConfig, readConfig } from '../lib/config.ts';
import { FULL, GIVEN_DOMAIN, SAMPLE } from './support.ts';

const sample = () => JSON.parse(readFileSync(SAMPLE, 'utf8'));

test('defaults fill in what the sample does not say', () => {
  const config = readConfig(SAMPLE);
  assert.equal(config.recordsExpireDays, 30);
  assert.equal(config.architecture, 'x86_64');
  assert.equal(config.workforce?.csvLayout, 'teleopti');
  assert.equal(config.emulator, false);
});

test('the level of the logs follows the environment, unless it is set', () => {
  assert.equal(logLevel(parseConfig(sample(), 'it')), 'DEBUG');
  assert.equal(logLevel(parseConfig({ ...sample(), environment: 'Prod' }, 'it')), 'INFO');
  assert.equal(logLevel(parseConfig({ ...sample(), environment: 'Prod', logLevel: 'TRACE' }, 'it')), 'TRACE');
});

test('one message lists every problem', () => {
  const wrong = {
    ...sample(),
    environment: 'Production',
    region: 'us-east-1',
    recordsExpireDays: 0,
    recordzExpireDays: 10,
    alarms: { email: 'nobody' },
    connect: { ...sample().connect, number: { country: 'AU', type: 'DID' } },
    workforce: { sftpSecretArn: 'hunter2' },
  };
  assert.throws(() => parseConfig(wrong, 'wrong.json'), ({ message }: Error) => {
    const [first, ...problems] = message.split('\n');
    assert.equal(first, 'wrong.json has 8 problems:');
    const places = problems.map((problem) => problem.trim().split(':')[0]).sort();
    assert.deepEqual(places, [
      '(the whole)', 'alarms.email', 'connect.instance', 'connect.number', 'environment', 'recordsExpireDays', 'rta.secretArn',
      'workforce.sftpSecretArn',
    ]);
    return true;
  });
});

test('a domain of another region cannot be delivered to', () => {
  const search = { ...GIVEN_DOMAIN, domainArn: GIVEN_DOMAIN.domainArn.replace('ap-southeast-2', 'eu-west-1') };
  assert.throws(() => parseConfig({ ...sample(), enrichment: { search } }, 'it'), /enrichment\.search\.domainArn: .*another region/);
  assert.doesNotThrow(() => parseConfig({ ...sample(), enrichment: { search: GIVEN_DOMAIN } }, 'it'));
});

test('a secret given by value is not repeated in the message', () => {
  assert.throws(() => parseConfig({ ...sample(), workforce: { sftpSecretArn: 'hunter2' } }, 'it'), ({ message }: Error) => {
    assert.doesNotMatch(message, /hunter2/);
    return true;
  });
});

test('a file that is not there or not JSON says so', () => {
  assert.throws(() => readConfig('/nowhere.json'), { name: 'ConfigError', message: 'cannot read the config file /nowhere.json: ENOENT' });
  assert.throws(() => readConfig(new URL(import.meta.url).pathname), { name: 'ConfigError', message: /config\.test\.ts is not JSON/ });
});

test('the config of the tests sets everything that can be set', () => {
  const set = Object.keys(JSON.parse(readFileSync(FULL, 'utf8')));
  assert.deepEqual(Object.keys(readConfig(FULL)).filter((key) => !set.includes(key)), ['emulator']);
});

test('a simulator cannot call itself a service of AWS', () => {
  assert.throws(() => parseConfig({ ...sample(), contacts: { simulatedSource: 'aws.connect' } }, 'it'), /contacts\.simulatedSource: .*not aws/);
  assert.equal(parseConfig({ ...sample(), contacts: { simulatedSource: 'example.simulator' } }, 'it').contacts?.simulatedSource, 'example.simulator');
});

test('the database grows by half units', () => {
  assert.throws(() => parseConfig({ ...sample(), metrics: { maxCapacity: 1.2 } }, 'it'), /metrics\.maxCapacity: not a multiple of 0\.5/);
  assert.equal(parseConfig({ ...sample(), metrics: {} }, 'it').metrics?.maxCapacity, 2);
});

/** The settings of all capabilities with one changed, read. */
const changed = (path: string, value: unknown) => {
  const config = JSON.parse(readFileSync(FULL, 'utf8'));
  const keys = path.split('.');
  const last = keys.pop()!;
  keys.reduce((at, key) => at[key] ??= {}, config)[last] = value;
  return () => parseConfig(config, 'it');
};

const ARNS: [path: string, arn: string][] = [
  ['alarms', 'arn:aws:sns:REGION:111122223333:operators'],
  ['secretsKeyArn', 'arn:aws:kms:REGION:111122223333:key/11111111-2222-3333-4444-555555555555'],
  ['enrichment.callers.secretArn', 'arn:aws:secretsmanager:REGION:111122223333:secret:crm-AbCdEf'],
  ['enrichment.search', 'arn:aws:es:REGION:111122223333:domain/contacts'],
  ['workforce.sftpSecretArn', 'arn:aws:secretsmanager:REGION:111122223333:secret:wfm-sftp-AbCdEf'],
  ['rta.secretArn', 'arn:aws:secretsmanager:REGION:111122223333:secret:wfm-rta-AbCdEf'],
  ['quickSight.secretArn', 'arn:aws:secretsmanager:REGION:111122223333:secret:metrics-quicksight-AbCdEf'],
];

for (const [path, arn] of ARNS) {
  test(`${path} has to be in the deployment's region and partition`, () => {
    const value = (text: string) => (path === 'alarms' ? { topicArn: text } : path.endsWith('search') ? { ...GIVEN_DOMAIN, domainArn: text } : text);
    assert.doesNotThrow(changed(path, value(arn.replace('REGION', 'ap-southeast-2'))));
    assert.throws(changed(path, value(arn.replace('REGION', 'us-east-1'))), new RegExp(`${path}.*another region`));
    assert.throws(changed(path, value(arn.replace('REGION', 'ap-southeast-2').replace('arn:aws:', 'arn:aws-cn:'))), new RegExp(`${path}.*another region`));
  });
}

test('every ARN that the config has is of the region, but what is no regional service\'s', () => {
  const found: string[] = [];
  const walk = (value: unknown, path: string): void => {
    if (typeof value === 'string' && value.startsWith('arn:')) found.push(path);
    if (value && typeof value === 'object') for (const [key, member] of Object.entries(value)) walk(member, path ? `${path}.${key}` : key);
  };
  walk(JSON.parse(readFileSync(FULL, 'utf8')), '');
  // QuickSight keeps its people in one region of the account, whichever the deployment's is.
  const others = found.filter((path) => !['connect.instance', 'quickSight.principalArn'].includes(path) && !ARNS.some(([checked]) => checked === path));
  assert.deepEqual(others, []);
});

test('a domain\'s address is its own, and none in a VPC', () => {
  const search = (endpoint: string) => changed('enrichment.search', { ...GIVEN_DOMAIN, endpoint });
  assert.doesNotThrow(search('https://search.example.com'), 'an address of the centre\'s own');
  const code = 'abcdefghijklmnopqrstuvwxyz';
  assert.throws(search(`https://vpc-contacts-${code}.ap-southeast-2.es.amazonaws.com`), /endpoint: .*VPC/);
  assert.throws(search(`https://search-contacts-${code}.us-east-1.es.amazonaws.com`), /endpoint: .*not the address of the domain/);
  assert.throws(search(`https://search-others-${code}.ap-southeast-2.es.amazonaws.com`), /endpoint: .*not the address of the domain/);
  assert.doesNotThrow(search(`https://search-contacts-${code}.aos.ap-southeast-2.on.aws`));
  assert.throws(search(`https://search-contacts-${code}.aos.us-east-1.on.aws`), /endpoint: .*not the address of the domain/);
});

test('the address of a directory is one that the function takes', () => {
  const callers = (url: string) => changed('enrichment.callers', { url });
  assert.doesNotThrow(callers('https://crm.example.com/api/user/'));
  for (const url of ['https://u:p@crm.example.com/', 'https://crm.example.com/x?y=/', 'https://crm.example.com/#/']) {
    assert.throws(callers(url), /enrichment\.callers.*no query, fragment, user name or password/s, url);
  }
});

test('an alias is what Connect takes: hyphens in a row too, and 45 characters for a new instance', () => {
  const { connect } = sample();
  for (const alias of ['acme--prod', 'a', 'x'.repeat(62)]) assert.doesNotThrow(changed('connect', { ...connect, alias }), alias);
  for (const alias of ['-acme', 'acme-', 'd-acme', 'acme.prod', 'x'.repeat(63), '']) assert.throws(changed('connect', { ...connect, alias }), /connect\.alias/, alias);
  assert.doesNotThrow(changed('connect', { instance: 'create', alias: 'x'.repeat(45) }));
  assert.throws(changed('connect', { instance: 'create', alias: 'x'.repeat(46) }), /connect\.alias: .*45/);
});

test('a region where what is asked for cannot be is refused in words', () => {
  const text = readFileSync(SAMPLE, 'utf8');
  const there = (region: string, partition: string, changes = {}) => () =>
    parseConfig({ ...JSON.parse(text.replaceAll('ap-southeast-2', region).replaceAll('arn:aws:', `arn:${partition}:`)), ...changes }, 'it');
  assert.throws(there('cn-north-1', 'aws-cn'), /region: has no Amazon Connect/);
  assert.throws(there('us-gov-west-1', 'aws-us-gov'), /contacts: cannot be in us-gov-west-1.*Pipes/);
  assert.doesNotThrow(there('us-gov-west-1', 'aws-us-gov', { contacts: undefined }));
  assert.doesNotThrow(there('ap-south-1', 'aws'), 'an instance that is there is proof');
  assert.throws(there('ap-south-1', 'aws', { connect: { instance: 'create', alias: 'new' } }), /region: has no Amazon Connect/);
});

test('a config that asks for nothing is refused', () => {
  const { environment, account, region, connect } = sample();
  for (const nothing of [{}, { callerApi: false }, { alarms: { email: 'a@example.com' } }]) {
    assert.throws(() => parseConfig({ environment, account, region, connect, ...nothing }, 'it'), /asks for nothing: at least one of enrichment, /);
  }
  assert.doesNotThrow(() => parseConfig({ environment, account, region, connect, callerApi: true }, 'it'));
});

test('a time zone is one that there is', () => {
  for (const timeZone of ['Sydney', 'utc+10', '']) assert.throws(changed('metrics.timeZone', timeZone), /metrics\.timeZone/, timeZone);
  for (const timeZone of ['UTC', 'Australia/Lord_Howe']) assert.doesNotThrow(changed('metrics.timeZone', timeZone), timeZone);
});
