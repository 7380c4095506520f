/** Whole templates, so that no change in one goes unseen. `npm run golden` writes them anew. */
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { test } from 'node:test';
import { EMULATOR, FULL, SAMPLE, template } from './support.ts';

const CASES = [['sample', SAMPLE], ['full', FULL], ['emulator', EMULATOR]] as const;

for (const [name, path] of CASES) {
  test(`the template of ${name} is the golden one`, () => {
    const file = new URL(`golden/${name}.json`, import.meta.url);
    // Assets are named by their content, which is not the template's.
    const made = `${JSON.stringify(template(path), null, 1)}\n`.replaceAll(/[0-9a-f]{64}/g, 'ASSET');
    if (process.env.UPDATE_GOLDEN) writeFileSync(file, made);
    assert.deepEqual(JSON.parse(made), JSON.parse(readFileSync(file, 'utf8')), 'run `npm run golden` and look at the diff');
  });
}
