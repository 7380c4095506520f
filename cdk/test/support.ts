/** What the tests share: a config, and the template that the app makes of it. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { NestedStack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { parseConfig, readConfig } from '../lib/config.ts';
import { MEMORY_MB } from '../lib/platform/functions.ts';
import { newApp, SwitchboardStack } from '../lib/switchboard-stack.ts';

const CDK = fileURLToPath(new URL('..', import.meta.url));

/** Every setting there is, every capability on; `npx cdk synth` takes config/sample.json, which is the least. */
export const FULL = resolve(CDK, 'test/full.json');
export const EMULATOR = resolve(CDK, 'config/emulator.json');
export const SAMPLE = resolve(CDK, 'config/sample.json');
/** A centre that has its streams, its bus, a cluster and keys already. */
export const STREAMS_THERE = resolve(CDK, 'test/streams-there.json');
/** A centre whose contact records are written to a bucket. */
export const BUCKET_THERE = resolve(CDK, 'test/bucket-there.json');

/** A domain that is there, as the config names it. */
export const GIVEN_DOMAIN = {
  domainArn: 'arn:aws:es:ap-southeast-2:111122223333:domain/contacts',
  endpoint: 'https://search-contacts-abcdefghijklmnopqrstuvwxyz.ap-southeast-2.es.amazonaws.com',
};

/** Small files in the binaries' places: templates are made without compiling any Rust. The folder goes when the tests end. */
const binaries = mkdtempSync(join(tmpdir(), 'switchboard-cdk-'));
for (const name of Object.keys(MEMORY_MB)) writeFileSync(join(binaries, name), `stands for ${name}\n`);
process.env.SWITCHBOARD_BINARIES = binaries;
process.on('exit', () => rmSync(binaries, { recursive: true, force: true }));

const stacks = new Map<string, SwitchboardStack>();
const templates = new Map<SwitchboardStack, Template>();

/** A setting's new value; `undefined` takes it out. */
export type Changes = Record<string, unknown>;

/** The stack of a config file with changes to its first level. */
export function stack(path: string, changes: Changes = {}): SwitchboardStack {
  return new SwitchboardStack(newApp(), parseConfig(JSON.parse(JSON.stringify({ ...readConfig(path), ...changes })), path));
}

/** The stack of a config file with changes; made once for all tests that ask for it. */
export function sharedStack(path: string, changes: Changes = {}): SwitchboardStack {
  // Entries, so that a setting that is taken out is told from none.
  const key = JSON.stringify([path, Object.entries(changes)]);
  const made = stacks.get(key) ?? stack(path, changes);
  stacks.set(key, made);
  return made;
}

/** The template of a config file with changes; made once as well. */
export function template(path: string, changes: Changes = {}): Template {
  const shared = sharedStack(path, changes);
  const made = templates.get(shared) ?? Template.fromStack(shared);
  templates.set(shared, made);
  return made;
}

const nestedTemplates = new Map<SwitchboardStack, Template[]>();

/** The templates of a config with changes: the stack's, and those of its nested stacks, each of another instance. */
export function allTemplates(path: string, changes: Changes = {}): Template[] {
  const shared = sharedStack(path, changes);
  const made = nestedTemplates.get(shared) ?? shared.node.children.filter((child) => child instanceof NestedStack).map((nested) => Template.fromStack(nested));
  nestedTemplates.set(shared, made);
  return [template(path, changes), ...made];
}

/** The properties of all resources of a type, in whichever of the templates. */
export function allOf(made: Template[], type: string): Properties[] {
  return made.flatMap((one) => Object.values(one.findResources(type)).map(({ Properties }) => Properties));
}

/** The functions of a template, by the names of their binaries. CDK's own have no name. */
export function functionsOf(made: Template): { name: string; properties: Properties }[] {
  return Object.values(made.findResources('AWS::Lambda::Function'))
    .filter(({ Properties }) => Properties.FunctionName)
    .map(({ Properties }) => ({ name: String(Properties.FunctionName).replace(/^switchboard-(dev|prod)-/, ''), properties: Properties }));
}

/** The statements of a function's role, by the name of its binary. */
export function statements(made: Template, binary: string): Statement[] {
  const role = functionsOf(made).find(({ name }) => name === binary)?.properties.Role['Fn::GetAtt'][0];
  return Object.values(made.findResources('AWS::IAM::Policy'))
    .filter(({ Properties }) => Properties.Roles?.some((ref: { Ref: string }) => ref.Ref === role))
    .flatMap(({ Properties }) => Properties.PolicyDocument.Statement);
}

export interface Statement {
  Action: string | string[];
  Effect: string;
  Resource: unknown;
}

/** All actions that a function's role permits, sorted. */
export function actions(made: Template, binary: string): string[] {
  return [...new Set(statements(made, binary).flatMap(({ Action }) => Action))].sort();
}

/** What CloudFormation is told of a resource; read field by field, as its type says nothing more. */
export type Properties = Record<string, any>;
