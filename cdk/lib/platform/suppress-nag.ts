/** Suppressions of cdk-nag findings, each as narrow as the finding and with its reason. */
import { Stack, Validations } from 'aws-cdk-lib';
import type { IConstruct } from 'constructs';

/** Suppresses rules on a construct and its children, for one reason. */
export function suppressNag(construct: IConstruct, reason: string, ...ids: string[]): void {
  Validations.of(construct).acknowledge(...ids.map((id) => ({ id, reason })));
}

/** Suppresses the finding on these `*` in resources that a policy allows, and on no other. */
export function suppressNagWildcards(construct: IConstruct, reason: string, resources: string[]): void {
  const wild = resources.map((resource) => asNagPrints(Stack.of(construct).resolve(resource))).filter((text) => text.includes('*'));
  suppressNag(construct, reason, ...wild.map((text) => `AwsSolutions-IAM5[Resource::${text}]`));
}

/** The rule names a resource as `<LogicalId.Arn>/folder/*`. */
function asNagPrints(resolved: unknown): string {
  if (typeof resolved === 'string') return resolved;
  const { Ref, 'Fn::GetAtt': getAtt, 'Fn::Join': join } = resolved as { Ref?: string; 'Fn::GetAtt'?: string[]; 'Fn::Join'?: [string, unknown[]] };
  if (Ref) return `<${Ref}>`;
  if (getAtt) return `<${getAtt.join('.')}>`;
  if (join) return join[1].map(asNagPrints).join(join[0]);
  throw new Error(`no way to print ${JSON.stringify(resolved)} as cdk-nag does`);
}
