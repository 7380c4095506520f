/** Deployments that are neither the least nor all: each capability alone, and each other way that a setting can go. */
import { readFileSync } from 'node:fs';
import { BUCKET_THERE, type Changes, FULL, GIVEN_DOMAIN, STREAMS_THERE } from './support.ts';

const CAPABILITIES = ['enrichment', 'workforce', 'rta', 'streamReader', 'contacts', 'board', 'metrics', 'records', 'callerApi'];
const full = JSON.parse(readFileSync(FULL, 'utf8'));

/** A config with this capability on and no other, but what it needs. */
export function alone(capability: string): Changes {
  const needs = { records: ['metrics'], board: ['contacts'] }[capability] ?? [];
  const off = [...CAPABILITIES, 'quickSight'].filter((other) => other !== capability && !needs.includes(other));
  return Object.fromEntries(off.map((other) => [other, undefined]));
}

/** Names, and what they change in the config of all settings. */
export const VARIANTS: [name: string, path: string, changes: Changes][] = [
  ...CAPABILITIES.map((capability): [string, string, Changes] => [`${capability} alone`, FULL, alone(capability)]),
  ['a new instance', FULL, { connect: { instance: 'create', alias: 'example', number: { country: 'AU', type: 'DID' } } }],
  ['a search domain that is there', FULL, { enrichment: { ...full.enrichment, search: GIVEN_DOMAIN } }],
  ['a search domain of two zones', FULL, { environment: 'Prod' }],
  ['a topic that is there', FULL, { alarms: { topicArn: 'arn:aws:sns:ap-southeast-2:111122223333:operators' } }],
  ['users of the board\'s own', FULL, { board: { signIn: { domainPrefix: 'example-board' } } }],
  ['a user pool that is there', FULL, { board: { signIn: { domainPrefix: 'example-board', userPoolId: 'ap-southeast-2_AbCdEf123' } } }],
  ['arm64', FULL, { architecture: 'arm64' }],
  ['streams that are there', STREAMS_THERE, {}],
  ['a bucket that is there', BUCKET_THERE, {}],
  ['two instances', FULL, { connect: { ...full.connect, instances: [{ name: 'north', instance: full.connect.instance.replace('11111111-', '22222222-'), alias: 'north', rtaSecretArn: full.rta.secretArn.replace(/[^:]*$/, 'north-AbCdEf') }] } }],
];
