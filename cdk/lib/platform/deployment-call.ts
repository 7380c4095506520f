/** A function that is called once by each deployment that changes it, and fails the deployment if it fails. */
import { type CfnResource, type CustomResourceProviderBase, type Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import { Trigger } from 'aws-cdk-lib/triggers';
import { Construct } from 'constructs';
import { hasTriggers } from './emulator.ts';
import type { Foundation } from './foundation.ts';
import type { ServiceFunction } from './service-function.ts';

export interface DeploymentCallProps {
  readonly foundation: Foundation;
  readonly target: ServiceFunction;
  /** The function's own timeout. */
  readonly timeout: Duration;
  /** What must be there for the call, beside the function. */
  readonly after: Construct[];
  /** What must not be there before it. */
  readonly before: Construct[];
}

/** The call is repeated with each new binary or setting of the function, and not otherwise. */
export class DeploymentCall extends Construct {
  constructor(scope: Construct, id: string, { foundation, target, timeout, after, before }: DeploymentCallProps) {
    super(scope, id);
    if (!hasTriggers(foundation.config)) return;
    new Trigger(this, 'Trigger', {
      handler: target.function,
      timeout,
      executeAfter: [...after, target],
      executeBefore: before,
    });
    restrictTriggerProvider(Stack.of(this), foundation);
  }
}

/** CDK's provider function that makes these calls: its log group is deleted with the stack, and it may write to no other. */
function restrictTriggerProvider(stack: Stack, { config }: Foundation): void {
  const provider = stack.node.findChild('AWSCDK.TriggerCustomResourceProviderCustomResourceProvider') as CustomResourceProviderBase;
  if (provider.node.tryFindChild('Log')) return;
  const log = new LogGroup(provider, 'Log', { retention: config.logRetentionDays, removalPolicy: RemovalPolicy.DESTROY });
  (provider.node.findChild('Handler') as CfnResource).addPropertyOverride('LoggingConfig', { LogGroup: log.logGroupName });
  (provider.node.findChild('Role') as CfnResource).addPropertyDeletionOverride('ManagedPolicyArns');
  provider.addToRolePolicy({ Effect: 'Allow', Action: ['logs:CreateLogStream', 'logs:PutLogEvents'], Resource: log.logGroupArn });
}
