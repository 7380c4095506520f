/** Tells what a deployment would delete or replace; fails if that is data or an instance. `npm run changes -- -c config=config/prod.json` */
import { spawnSync } from 'node:child_process';
import { changesOf, refused, report } from '../lib/changes.ts';

const ACCEPT = '--accept=';
const [accepted, rest] = [true, false].map((is) => process.argv.slice(2).filter((argument) => argument.startsWith(ACCEPT) === is));
const ids = accepted!.map((argument) => argument.slice(ACCEPT.length));
const diff = spawnSync('npx', ['cdk', 'diff', '--no-color', ...rest!], { encoding: 'utf8', maxBuffer: 1 << 28 });
const text = `${diff.stdout}\n${diff.stderr}`;
if (diff.status === 0) {
  const changes = changesOf(text);
  console.log(report(changes, ids));
  process.exitCode = refused(changes, ids).length > 0 ? 1 : 0;
} else {
  console.error(text);
  process.exitCode = diff.status ?? 1;
}
