/** Reads the config, makes the stack. `npx cdk deploy -c config=config/prod.json` */
import { resolve } from 'node:path';
import { BinaryError } from '../lib/platform/binaries.ts';
import { ConfigError, readConfig } from '../lib/config.ts';
import { newApp, SwitchboardStack } from '../lib/switchboard-stack.ts';

const OVERFULL = 'The stack would have more than the 500 resources that CloudFormation allows: deploy fewer instances or capabilities in one, and the others '
  + 'by a config with another `name`.';

const app = newApp();
try {
  const stack = new SwitchboardStack(app, readConfig(resolve(String(app.node.getContext('config')))));
  app.synth();
  const text = stack.requirements.text();
  if (text) console.error(text);
} catch (error) {
  // What a person can put right; anything else is a fault of the app's.
  const isOverfull = error instanceof Error && /allowed maximum of 500/.test(error.message);
  if (!(error instanceof ConfigError || error instanceof BinaryError || isOverfull)) throw error;
  console.error(isOverfull ? OVERFULL : error.message);
  // With an exit code alone, CDK would try once more to make what can't be made.
  process.exit(1);
}
