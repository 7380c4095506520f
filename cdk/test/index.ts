/** Runs every test file in one process: loading CDK takes longer than the tests of a file. */
import { readdirSync } from 'node:fs';

for (const file of readdirSync(new URL('.', import.meta.url)).filter((name) => name.endsWith('.test.ts')).sort()) {
  await import(new URL(file, import.meta.url).href);
}
