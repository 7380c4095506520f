/** Reads the config, makes the stack. `npx cdk deploy -c config=config/prod.json` */
import { resolve } from 'node:path';
import { BinaryError } from '../lib/platform/binaries.ts';
import { ConfigError, readConfig } from '../lib/config.ts';
import { newApp, SwitchboardStack } from '../lib/switchboard-stack.ts';

const app = newApp();
try {
  const stack = new SwitchboardStack(app, readConfig(resolve(String(app.node.getContext('config')))));
  app.synth();
  const text = stack.requirements.text();
  if (text) console.error(text);
} catch (error) {
  // What a person can put right; anything else is a fault of the app's.
  if (!(error instanceof ConfigError || error instanceof BinaryError)) throw error;
  console.error(error.message);
  process.exitCode = 1;
}
