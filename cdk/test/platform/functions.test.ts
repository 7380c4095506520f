/** What holds for every function, whatever capability it belongs to. */
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { deflateRawSync } from 'node:zlib';
import { App } from 'aws-cdk-lib';
import type { Template } from 'aws-cdk-lib/assertions';
import { BinaryError, buildCommands, functionCode } from '../../lib/platform/binaries.ts';
import { type Binary, MEMORY_MB } from '../../lib/platform/functions.ts';
import { actions, FULL, functionsOf, type Properties, SAMPLE, stack, statements, template } from '../support.ts';

const full = template(FULL);
/** Whose program a function runs: its own, but of two. */
const binaryOf = (name: string) => (({ 'metrics-migrate': 'metrics-poller', 'record-tables-migrate': 'record-tables' })[name] ?? name) as Binary;

test('each function gets its own binary, named bootstrap', () => {
  const made = stack(SAMPLE);
  const { directory } = App.of(made)!.synth();
  for (const { name, properties } of functionsOf(template(SAMPLE))) {
    const asset = String(properties.Code.S3Key).replace('.zip', '');
    assert.equal(readFileSync(join(directory, `asset.${asset}`, 'bootstrap'), 'utf8'), `stands for ${binaryOf(name)}\n`);
  }
});

test('each function runs on Amazon Linux 2023 with the memory that was chosen for it', () => {
  for (const { name, properties } of functionsOf(full)) {
    assert.equal(properties.Runtime, 'provided.al2023', name);
    assert.equal(properties.MemorySize, MEMORY_MB[binaryOf(name)], name);
    assert.deepEqual(properties.Architectures, ['x86_64'], name);
    assert.equal(properties.Environment.Variables.AWS_LAMBDA_LOG_LEVEL, 'INFO', name);
  }
});

test('one setting makes them all arm64', () => {
  for (const { name, properties } of functionsOf(template(FULL, { architecture: 'arm64' }))) {
    assert.deepEqual(properties.Architectures, ['arm64'], name);
  }
});

test('each function has a role of its own, and no policy of AWS', () => {
  const roles = functionsOf(full).map(({ properties }) => properties.Role['Fn::GetAtt'][0]);
  assert.equal(new Set(roles).size, roles.length);
  for (const { Properties } of Object.values(full.findResources('AWS::IAM::Role'))) assert.equal(Properties.ManagedPolicyArns, undefined);
});

test('no function may do anything on everything, but join a network', () => {
  for (const { name } of functionsOf(full)) {
    for (const { Action, Effect, Resource } of statements(full, name)) {
      const wide = Effect === 'Allow' && [Resource].flat().includes('*');
      assert.ok(!wide || [Action].flat().every((action) => action.startsWith('ec2:')), `${name}: ${String(Action)}`);
    }
  }
});

test('no secret is in a template, only where it is kept', () => {
  const text = JSON.stringify(full);
  assert.doesNotMatch(text, /\{\{resolve:/);
  for (const { name, properties } of functionsOf(full)) {
    const settings: Record<string, string | object> = properties.Environment.Variables;
    for (const setting of ['WFM_SFTP', 'RTA', 'CALLERS_SECRET']) {
      if (settings[setting]) assert.match(JSON.stringify(settings[setting]), /^"secretsmanager:\/\/arn:aws:secretsmanager:/, `${name}: ${setting}`);
    }
  }
});

test('a secret is read by its ARN, with the key that the config names for it', () => {
  const { secretsKeyArn, workforce, rta, enrichment } = JSON.parse(readFileSync(FULL, 'utf8'));
  const secrets = { 'ctr-sftp': workforce.sftpSecretArn, 'rta-feed': rta.secretArn, 'ctr-enrich': enrichment.callers.secretArn };
  for (const [name, secret] of Object.entries(secrets)) {
    const allow = (made: Template, resource: string) =>
      statements(made, name).filter(({ Resource }) => Resource === resource).flatMap(({ Action }) => Action);
    assert.deepEqual(allow(full, secret), ['secretsmanager:GetSecretValue'], name);
    assert.deepEqual(allow(full, secretsKeyArn), ['kms:Decrypt'], name);
    assert.deepEqual(allow(template(FULL, { secretsKeyArn: undefined }), secretsKeyArn), [], name);
  }
});

test('a function that only reads may decrypt, and no more', () => {
  for (const name of ['caller-api', 'data-check']) {
    assert.deepEqual(actions(full, name).filter((action) => action.startsWith('kms:')), ['kms:Decrypt'], name);
  }
});

test('services act for this account only', () => {
  const roles = Object.values(full.findResources('AWS::IAM::Role'))
    .flatMap(({ Properties }) => Properties.AssumeRolePolicyDocument.Statement as Properties[])
    .filter(({ Principal }) => /^(firehose|scheduler|pipes)\./.test(Principal.Service));
  assert.equal(new Set(roles.flatMap(({ Principal }) => Principal.Service)).size, 3);
  for (const { Condition, Principal } of roles) {
    const key = Principal.Service.startsWith('firehose') ? 'sts:ExternalId' : 'aws:SourceAccount';
    assert.deepEqual(Condition, { StringEquals: { [key]: '111122223333' } }, Principal.Service);
  }
});

test('only functions that call out are in the centre\'s network', () => {
  const inNetwork = functionsOf(full).filter(({ properties }) => properties.VpcConfig).map(({ name }) => name).sort();
  assert.deepEqual(inNetwork, ['ctr-enrich', 'ctr-sftp', 'rta-feed']);
});

test('a function that was not built is named, with the command that builds it', () => {
  inEnvironment({ SWITCHBOARD_BINARIES: '/nowhere' }, () => {
    assert.throws(() => stack(SAMPLE), (error) => error instanceof BinaryError && /ctr-enrich in \/nowhere.*cargo lambda build/.test(error.message));
  });
});

test('the commands build every function, and are those of README.md', () => {
  const readme = readFileSync('README.md', 'utf8');
  for (const command of buildCommands('x86_64')) assert.ok(readme.includes(`$ ${command}\n`), command);
  assert.match(buildCommands('arm64')[0], / --arm64 /);
  const named = (manifest: string) => /^name = "(.*)"$/m.exec(readFileSync(manifest, 'utf8'))?.[1];
  const excluded = [...buildCommands('x86_64')[1].matchAll(/--exclude (\S+)/g)].map(([, name]) => name);
  assert.deepEqual(excluded, [named('../crates/cli/Cargo.toml'), named('../tests/Cargo.toml')]);
});

test('of cargo lambda\'s archive and the plain binary the newer is taken', () => {
  const target = mkdtempSync(join(tmpdir(), 'switchboard-cdk-'));
  const archive = join(target, 'lambda/ctr-sftp/bootstrap.zip');
  const program = join(target, 'release/ctr-sftp');
  for (const path of [archive, program]) {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, '');
  }
  inEnvironment({ SWITCHBOARD_BINARIES: undefined, CARGO_TARGET_DIR: target }, () => {
    utimesSync(archive, 1000, 1000);
    assert.notEqual(functionCode('ctr-sftp', 'x86_64').path, archive);
    utimesSync(archive, 4e9, 4e9);
    assert.equal(functionCode('ctr-sftp', 'x86_64').path, archive);
  });
  rmSync(target, { recursive: true });
});

test('a binary for another machine is refused, plain or in an archive', () => {
  const target = mkdtempSync(join(tmpdir(), 'switchboard-cdk-'));
  const arm64 = Buffer.concat([Buffer.from('\u007fELF'), Buffer.alloc(14), Buffer.from([0xb7, 0]), Buffer.alloc(100_000, 'x')]);
  const archive = join(target, 'lambda/ctr-sftp/bootstrap.zip');
  mkdirSync(dirname(archive), { recursive: true });
  writeFileSync(archive, zipped('bootstrap', arm64));
  inEnvironment({ SWITCHBOARD_BINARIES: undefined, CARGO_TARGET_DIR: target }, () => {
    assert.throws(() => functionCode('ctr-sftp', 'x86_64'), { name: 'BinaryError', message: /bootstrap\.zip is built for arm64.*says x86_64/ });
    assert.equal(functionCode('ctr-sftp', 'arm64').path, archive);
  });
  writeFileSync(join(target, 'ctr-sftp'), arm64);
  inEnvironment({ SWITCHBOARD_BINARIES: target }, () => {
    assert.throws(() => functionCode('ctr-sftp', 'x86_64'), { name: 'BinaryError', message: /ctr-sftp is built for arm64/ });
    assert.doesNotThrow(() => functionCode('ctr-sftp', 'arm64'));
  });
  rmSync(target, { recursive: true });
});

/** The beginning of an archive, as cargo-lambda writes it: one deflated file. */
function zipped(name: string, content: Buffer): Buffer {
  const header = Buffer.alloc(30);
  header.write('PK\u0003\u0004', 'latin1');
  header.writeUInt16LE(8, 8);
  header.writeUInt16LE(name.length, 26);
  return Buffer.concat([header, Buffer.from(name), deflateRawSync(content)]);
}

/** Runs a check with environment variables changed; `undefined` takes one out. */
function inEnvironment(changes: NodeJS.ProcessEnv, check: () => void): void {
  const before = { ...process.env };
  const set = (variables: NodeJS.ProcessEnv) => {
    for (const name of Object.keys(changes)) {
      if (variables[name] === undefined) delete process.env[name];
      else process.env[name] = variables[name];
    }
  };
  set(changes);
  try {
    check();
  } finally {
    set(before);
  }
}
