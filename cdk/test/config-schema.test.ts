import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { configSchema, settingsOf } from '../lib/config-schema.ts';
import { SAMPLE } from './support.ts';

const CDK = fileURLToPath(new URL('..', import.meta.url));
const SCHEMA = resolve(CDK, 'config/schema.json');
const made = () => configSchema(resolve(CDK, 'README.md'));

test('the schema for editors is that of the config\'s definition', () => {
  const text = `${JSON.stringify(made(), undefined, 2)}\n`;
  if (process.env.UPDATE_GOLDEN) writeFileSync(SCHEMA, text);
  assert.equal(readFileSync(SCHEMA, 'utf8'), text, 'npm run schema makes it anew');
});

test('the sample names the schema', () => {
  assert.equal(resolve(CDK, 'config', JSON.parse(readFileSync(SAMPLE, 'utf8')).$schema), SCHEMA);
});

test('every setting of the first two levels is described', () => {
  const settings = settingsOf(made());
  const undescribed = settings.filter(([path, { description }]) => path.split('.').length < 3 && !description).map(([path]) => path);
  assert.deepEqual([...new Set(undescribed)].filter((path) => !isDescribedWithItsSection(path)), []);
});

/** What README.md describes in the row of its section, or is for the tests alone. */
function isDescribedWithItsSection(path: string): boolean {
  return ['$schema', 'connect', 'board.signIn'].includes(path) || /^(alarms|vpc|serviceLevels|emulator|streamReader)\./.test(path);
}
