// The program `switchboard`, run in a folder of its own.
import { execFile, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as pause } from 'node:timers/promises';
import { promisify } from 'node:util';

const PROGRAM = process.env.SWITCHBOARD;
const programs = new Set();
let first = null;

/** The demo that all tests but one look at. */
export const demo = () => first;

/** Starts a demo; it comes back when its board answers. */
export async function startDemo(options) {
  const started = await Demo.start(options);
  first ??= started;
  return started;
}

export async function endPrograms() {
  await Promise.all([...programs].map((program) => program.end()));
}

class Demo {
  constructor(child, folder, address) {
    Object.assign(this, { child, folder, address });
    programs.add(this);
  }

  static async start(options) {
    const folder = mkdtempSync(join(tmpdir(), 'switchboard-browser-'));
    const { child, address } = await run(folder, options, 0);
    return new Demo(child, folder, address);
  }

  /** Starts it again after its end, at the same address. */
  async restart(options) {
    ({ child: this.child } = await run(this.folder, options, Number(new URL(this.address).port)));
    programs.add(this);
  }

  /** The API's answer. */
  async get(path) {
    const response = await fetch(new URL(`/api/v1/${path}`, this.address));
    if (!response.ok) throw new Error(`${path}: ${response.status}`);
    return response.json();
  }

  /** Comes back when the centre stands still. */
  async isStopped() {
    while ((await this.get('health')).feed.state !== 'stopped') await pause(100);
  }

  /** Moves the centre on, and comes back with its time when the handlers are done. */
  async step(seconds) {
    const { stdout } = await promisify(execFile)(PROGRAM, ['demo', 'step', String(seconds)], { cwd: this.folder });
    return stdout.trim();
  }

  /** Ends it as a service manager would; its folder goes with the process. */
  async end() {
    programs.delete(this);
    const ended = new Promise((resolve) => { this.child.once('exit', resolve); });
    if (this.child.exitCode === null && this.child.kill('SIGTERM')) await ended;
    process.once('exit', () => rmSync(this.folder, { recursive: true, force: true }));
  }
}

async function run(folder, options, port) {
  const child = spawn(PROGRAM, ['demo', '--port', String(port), ...options], {
    cwd: folder, env: {}, stdio: ['ignore', 'pipe', 'inherit'],
  });
  // However these tests end, the program does too.
  process.once('exit', () => child.kill('SIGKILL'));
  for await (const line of createInterface({ input: child.stdout })) return { child, address: line };
  throw new Error('the demo ended before it had an address');
}
