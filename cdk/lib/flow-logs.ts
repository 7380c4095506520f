/** The log group in which Connect tells what contact flows do, and its subscription. */
import { RemovalPolicy, Stack } from 'aws-cdk-lib';
import { PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { FilterPattern, type ILogGroup, LogGroup, SubscriptionFilter } from 'aws-cdk-lib/aws-logs';
import { LambdaDestination } from 'aws-cdk-lib/aws-logs-destinations';
import { Construct } from 'constructs';
import { hasFlowLogGroup } from './emulator.ts';
import type { Foundation } from './foundation.ts';
import type { Instance } from './instance.ts';
import type { ServiceFunction } from './service-function.ts';

export interface FlowLogsProps {
  readonly foundation: Foundation;
  readonly instance: Instance;
  readonly target: ServiceFunction;
}

export class FlowLogs extends Construct {
  constructor(scope: Construct, id: string, { foundation, instance, target }: FlowLogsProps) {
    super(scope, id);
    const name = `/aws/connect/${foundation.config.connect.alias}`;
    const logGroup = hasFlowLogGroup(foundation.config) ? LogGroup.fromLogGroupName(this, 'Log', name) : this.create(name, foundation, instance);
    new SubscriptionFilter(this, 'Subscription', {
      logGroup,
      destination: new LambdaDestination(target.function),
      filterPattern: FilterPattern.allEvents(),
    });
  }

  /** A new instance makes the group with its first flow; the group must be there before, to be subscribed to. */
  private create(name: string, { config, key }: Foundation, instance: Instance): ILogGroup {
    const { account, partition, region } = Stack.of(this);
    key.addToResourcePolicy(new PolicyStatement({
      sid: 'FlowLogsAreEncrypted',
      principals: [new ServicePrincipal(`logs.${region}.amazonaws.com`)],
      actions: ['kms:Encrypt', 'kms:Decrypt', 'kms:ReEncryptFrom', 'kms:ReEncryptTo', 'kms:GenerateDataKey', 'kms:DescribeKey'],
      resources: ['*'],
      conditions: { ArnEquals: { 'kms:EncryptionContext:aws:logs:arn': `arn:${partition}:logs:${region}:${account}:log-group:${name}` } },
    }));
    const logGroup = new LogGroup(this, 'Log', {
      logGroupName: name,
      encryptionKey: key,
      retention: config.logRetentionDays,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    instance.node.addDependency(logGroup);
    return logGroup;
  }
}
