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

/**
 * A service that tells for whose resource it acts by `aws:SourceAccount`, but documents it for other calls than those by this role: it is
 * believed where it tells, and a request without it, which a stricter condition would refuse for good, is let through.
 */
export function ofThisAccount(scope: Construct, service: string): ServicePrincipal {
  return new ServicePrincipal(service, { conditions: { StringEqualsIfExists: { 'aws:SourceAccount': Stack.of(scope).account } } });
}

/** A role for a service that acts for a resource of this account only: nobody else can have the service act as this role. */
export function serviceRole(scope: Construct, id: string, service: keyof typeof ACCOUNT_KEYS, roleName?: string): Role {
  const conditions = { StringEquals: { [ACCOUNT_KEYS[service]]: Stack.of(scope).account } };
  return new Role(scope, id, { assumedBy: new ServicePrincipal(service, { conditions }), ...(roleName && { roleName }) });
}
