/** Where the compiled functions are, and how they become archives for Lambda. */
import { chmodSync, copyFileSync, existsSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type AssetCode, Code } from 'aws-cdk-lib/aws-lambda';
import type { Config } from '../config.ts';
import type { Binary } from './functions.ts';
import { architectureOf } from './binary-architecture.ts';

const REPOSITORY = resolve(dirname(fileURLToPath(import.meta.url)), '../../..');

/** A function has not been built, or not for the machine it is to run on. */
export class BinaryError extends Error {
  override readonly name = 'BinaryError';
}

/**
 * The archive of a function: what `cargo lambda build --release --output-format zip` made (`lambda/NAME/bootstrap.zip` in the target
 * folder) or the plain release binary, the newer of both. `SWITCHBOARD_BINARIES` names a folder of plain binaries that is taken instead. Its
 * hash is the content's, so what did not change is not deployed again.
 */
export function functionCode(binary: Binary, architecture: Config['architecture']): AssetCode {
  const { folder, archive } = places(binary, architecture);
  const program = join(folder, binary);
  const [built] = [archive, program].filter(existsSync).sort((a, b) => modified(b) - modified(a));
  if (!built) throw new BinaryError(missing(binary, architecture, folder));
  const machine = architectureOf(built);
  if (machine && machine !== architecture) {
    throw new BinaryError(`${built} is built for ${machine}, and the config says ${architecture}: build it with \`${buildCommands(architecture)[0]}\``);
  }
  return built === archive ? Code.fromAsset(archive) : asBootstrap(program);
}

function places(binary: Binary, architecture: Config['architecture']): { folder: string; archive: string } {
  const override = process.env.SWITCHBOARD_BINARIES;
  if (override) return { folder: resolve(override), archive: '' };
  const target = resolve(REPOSITORY, process.env.CARGO_TARGET_DIR ?? 'target');
  return {
    folder: join(target, ...(architecture === 'arm64' ? ['aarch64-unknown-linux-gnu'] : []), 'release'),
    archive: join(target, 'lambda', binary, 'bootstrap.zip'),
  };
}

function modified(path: string): number {
  return statSync(path).mtimeMs;
}

/** Lambda starts the file `bootstrap` of an archive. CDK takes a copy of the folder at once, and packs it when it publishes it. */
function asBootstrap(program: string): AssetCode {
  const folder = mkdtempSync(join(scratch(), 'function-'));
  const bootstrap = join(folder, 'bootstrap');
  copyFileSync(program, bootstrap);
  chmodSync(bootstrap, 0o755);
  return Code.fromAsset(folder);
}

let made: string | undefined;

/** A temporary folder that goes when the program ends. */
function scratch(): string {
  if (made) return made;
  const folder = mkdtempSync(join(tmpdir(), 'switchboard-functions-'));
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
  return (made = folder);
}

function missing(binary: Binary, architecture: Config['architecture'], folder: string): string {
  const [archives, plain] = buildCommands(architecture);
  return `no release binary of ${binary} in ${folder}; build all functions with \`${archives}\`, or with \`${plain}\``;
}

/** What builds all functions. Without `--workspace` cargo builds the program `switchboard` alone. */
export function buildCommands(architecture: Config['architecture']): [archives: string, plain: string] {
  const functions = '--workspace --exclude switchboard --exclude switchboard-tests';
  const arm64 = architecture === 'arm64';
  return [
    `cargo lambda build --release --output-format zip${arm64 ? ' --arm64' : ''} ${functions}`,
    `cargo build --release${arm64 ? ' --target aarch64-unknown-linux-gnu' : ''} ${functions}`,
  ];
}
