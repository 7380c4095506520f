/** The configs that `switchboard doctor` writes, of one centre for each set-up: the app takes them as they are. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { resolve } from 'node:path';
import { allOf, allTemplates, functionsOf, template } from '../support.ts';

const FOLDER = fileURLToPath(new URL('.', import.meta.url));
const path = (name: string) => resolve(FOLDER, `${name}.json`);
const types = (name: string) => Object.values(template(path(name)).toJSON().Resources as Record<string, { Type: string }>).map(({ Type }) => Type);

test('each makes a template', () => {
  const names = readdirSync(FOLDER).filter((name) => name.endsWith('.json')).map((name) => name.replace('.json', ''));
  assert.deepEqual(names.sort(), ['bucket-there', 'nothing-there', 'streams-there', 'two-instances']);
  for (const name of names) assert.ok(functionsOf(template(path(name))).some((one) => one.name === 'contact-status'), name);
});

test('of streams that are there nothing is made, associated or subscribed to', () => {
  const made = types('streams-there');
  for (const type of ['AWS::Kinesis::Stream', 'AWS::Connect::InstanceStorageConfig', 'AWS::Logs::SubscriptionFilter']) assert.ok(!made.includes(type), type);
  // Agent events are shared: the stream has no room for more consumers.
  const { sources } = JSON.parse(readFileSync(path('streams-there'), 'utf8'));
  const consumers = Object.values(template(path('streams-there')).findResources('AWS::Kinesis::StreamConsumer')).map(({ Properties }) => Properties.StreamARN);
  assert.deepEqual(consumers, [sources.contactRecords.streamArn, sources.contactRecords.streamArn]);
});

test('with a delivery stream of contact records, its bucket is read, and they are not associated anew', () => {
  const associations = Object.values(template(path('bucket-there')).findResources('AWS::Connect::InstanceStorageConfig')).map(({ Properties }) => Properties.ResourceType);
  assert.deepEqual(associations, ['AGENT_EVENTS']);
  assert.ok(functionsOf(template(path('bucket-there'))).some(({ name }) => name === 'record-tables'));
});

test('each of two instances is associated and polled', () => {
  const both = allTemplates(path('two-instances'));
  const names = both.flatMap(functionsOf).map(({ name }) => name);
  assert.ok(names.includes('metrics-poller') && names.includes('metrics-poller-northcen'));
  assert.equal(allOf(both, 'AWS::Connect::InstanceStorageConfig').length, 4);
});
