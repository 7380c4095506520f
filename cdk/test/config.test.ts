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
    agents: 0,
    agentz: 10,
    alarms: { email: 'nobody' },
    connect: { ...sample().connect, number: { country: 'AU', type: 'DID' } },
    workforce: { sftpSecretArn: 'hunter2' },
  };
  assert.throws(() => parseConfig(wrong, 'wrong.json'), ({ message }: Error) => {
    const [first, ...problems] = message.split('\n');
    assert.equal(first, 'wrong.json has 7 problems:');
    const places = problems.map((problem) => problem.trim().split(':')[0]).sort();
    assert.deepEqual(places, [
      '(the whole)', 'agents', 'alarms.email', 'connect.instance', 'connect.number', 'environment', 'workforce.sftpSecretArn',
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
