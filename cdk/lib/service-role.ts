/** Roles that services of AWS assume. */
import { Stack } from 'aws-cdk-lib';
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { Construct } from 'constructs';

/** By which key a service tells for whose resource it acts; each as its documentation has it. */
const ACCOUNT_KEYS = {
  'firehose.amazonaws.com': 'sts:ExternalId',
  'pipes.amazonaws.com': 'aws:SourceAccount',
  'scheduler.amazonaws.com': 'aws:SourceAccount',
} as const;

/** A role for a service that acts for a resource of this account only: nobody else can have the service act as this role. */
export function serviceRole(scope: Construct, id: string, service: keyof typeof ACCOUNT_KEYS, roleName?: string): Role {
  const conditions = { StringEquals: { [ACCOUNT_KEYS[service]]: Stack.of(scope).account } };
  return new Role(scope, id, { assumedBy: new ServicePrincipal(service, { conditions }), ...(roleName && { roleName }) });
}
