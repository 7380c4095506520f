/** How long a function's settings may get: Lambda takes 4 KB, names and values together, and refuses more in the middle of a deployment. */
import { Stack } from 'aws-cdk-lib';
import type { CfnFunction, Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';

const MOST_BYTES = 4096;
/** What CloudFormation makes of an id or a name, and of an ARN, is at most so long; and what another instance's stack tells, a table's name. */
const LONGEST = { reference: 80, attribute: 120, output: 60 };

interface Intrinsic { readonly Ref?: string; readonly 'Fn::Join'?: [string, unknown[]]; readonly 'Fn::GetAtt'?: [string, string] }

/** What is wrong with the size of a function's settings, in words; nothing where they fit. */
export function settingsProblems(lambda: LambdaFunction, name: string): string[] {
  const { environment } = lambda.node.defaultChild as CfnFunction;
  const { variables = {} } = (Stack.of(lambda).resolve(environment) ?? {}) as { variables?: Record<string, unknown> };
  const bytes = Object.entries(variables).reduce((sum, [key, value]) => sum + Buffer.byteLength(key) + longest(value), 0);
  return bytes > MOST_BYTES
    ? [`The settings of ${name} would have up to ${bytes} bytes, and Lambda takes ${MOST_BYTES}: shorten the aliases, name fewer instances, replicas or thresholds, or deploy some instances by another config.`]
    : [];
}

function longest(value: unknown): number {
  if (typeof value !== 'object' || value === null) return Buffer.byteLength(String(value));
  const { Ref, 'Fn::Join': join, 'Fn::GetAtt': attribute } = value as Intrinsic;
  if (join) return join[1].reduce<number>((sum, part) => sum + longest(part), 0);
  if (Ref) return LONGEST.reference;
  return attribute?.[1].startsWith('Outputs.') ? LONGEST.output : LONGEST.attribute;
}
