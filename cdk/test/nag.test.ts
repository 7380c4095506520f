/** The rules of cdk-nag: every finding is mended, or acknowledged with a reason where it arises. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { App, Stack } from 'aws-cdk-lib';
import { Bucket } from 'aws-cdk-lib/aws-s3';
import { AwsSolutionsChecks, ServerlessChecks } from 'cdk-nag';
import type { IConstruct } from 'constructs';
import { type Changes, FULL, SAMPLE, sharedStack } from './support.ts';
import { VARIANTS } from './variants.ts';

const CASES: [name: string, path: string, changes?: Changes][] = [['sample', SAMPLE], ['full', FULL], ...VARIANTS];

for (const [name, path, changes] of CASES) {
  test(`cdk-nag has nothing to say of ${name}`, () => {
    assert.deepEqual(findings(sharedStack(path, changes)), []);
  });
}

test('cdk-nag does find a bucket without protection', () => {
  const careless = new Stack(new App(), 'Careless');
  new Bucket(careless, 'Bucket');
  assert.ok(findings(careless).some((finding) => finding.startsWith('AwsSolutions-S1 ')));
});

function findings(scope: IConstruct): string[] {
  return [new AwsSolutionsChecks(), new ServerlessChecks()].flatMap((pack) =>
    pack.validateScope(scope).violations.flatMap(({ ruleName, description, violatingResources }) =>
      violatingResources.map(({ constructPath }) => `${ruleName} ${constructPath}: ${description}`)));
}
