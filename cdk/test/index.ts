/** Runs every test file in one process: loading CDK takes longer than the tests of a file. */
import { readdirSync } from 'node:fs';

const files = readdirSync(new URL('.', import.meta.url), { encoding: 'utf8', recursive: true });
for (const file of files.filter((name) => name.endsWith('.test.ts')).sort()) {
  await import(new URL(file, import.meta.url).href);
}
