/** ARNs as the config has them, each in the form that AWS gives it. */
import { z } from 'zod';

/** An ARN of one service, in any partition, its resource part of the given form. */
export const arn = (service: string, resource: string, example: string) =>
  z.string().regex(new RegExp(`^arn:aws[a-z-]*:${service}:[a-z0-9-]*:\\d{12}:${resource}$`), `not an ARN like ${example}`);

/** The id that an instance's ARN ends with: a replica has its source's. */
export function idOf(arn: string): string {
  return arn.slice(arn.lastIndexOf('/') + 1);
}

/** Secrets Manager's own form (CreateSecret, Name). It appends six characters to a secret's name; IAM needs them to permit this secret alone. */
export const secretArn = arn('secretsmanager', 'secret:[\\w/+=.@-]+-[A-Za-z0-9]{6}', 'arn:aws:secretsmanager:REGION:ACCOUNT:secret:NAME-AbCdEf');

/** A KMS key; an alias would not do, as IAM permits keys. */
export const keyArn = arn('kms', 'key/[\\w-]+', 'arn:aws:kms:REGION:ACCOUNT:key/UUID');
