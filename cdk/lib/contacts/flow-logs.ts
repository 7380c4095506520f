/** The log group of Connect's contact flows, and its subscription. */
import { RemovalPolicy, Stack } from 'aws-cdk-lib';
import { Metric, Stats } from 'aws-cdk-lib/aws-cloudwatch';
import { PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { FilterPattern, type ILogGroup, LogGroup, SubscriptionFilter } from 'aws-cdk-lib/aws-logs';
import { LambdaDestination } from 'aws-cdk-lib/aws-logs-destinations';
import { Construct } from 'constructs';
import { hasFlowLogGroup, hasMetricMath } from '../platform/emulator.ts';
import type { Foundation } from '../platform/foundation.ts';
import type { Instance } from '../platform/instance.ts';
import { readerStopped } from '../platform/alarm-metrics.ts';
import type { ServiceFunction } from '../platform/service-function.ts';

export interface FlowLogsProps {
  readonly foundation: Foundation;
  readonly instance: Instance;
  readonly target: ServiceFunction;
}

export class FlowLogs extends Construct {
  constructor(scope: Construct, id: string, { foundation, instance, target }: FlowLogsProps) {
    super(scope, id);
    const name = `/aws/connect/${instance.alias}`;
    const logGroup = hasFlowLogGroup(foundation.config) ? LogGroup.fromLogGroupName(this, 'Log', name) : this.create(name, foundation, instance);
    const subscription = new SubscriptionFilter(this, 'Subscription', {
      logGroup,
      destination: new LambdaDestination(target.function),
      filterPattern: FilterPattern.allEvents(),
      filterName: foundation.prefix,
    });
    subscription.node.addDependency(logGroup);
    this.addMonitoring(foundation, name, instance.suffix);
  }

  /** Adds alarms on lost lines: CloudWatch Logs retries for a while, and what it then gives up is in the log group only. */
  private addMonitoring({ alarms, config, prefix }: Foundation, LogGroupName: string, suffix: string): void {
    const lines = (metricName: string, of: Record<string, string>) =>
      new Metric({ namespace: 'AWS/Logs', metricName, statistic: Stats.SUM, dimensionsMap: { LogGroupName, ...of } });
    const forwarded = { DestinationType: 'Lambda', FilterName: prefix };
    for (const [name, metricName, what] of [
      ['contact-flow-logs-missed', 'DeliveryErrors', 'could not be delivered'], ['contact-flow-logs-throttled', 'DeliveryThrottling', 'were throttled on their way'],
    ] as const) {
      alarms.add(this, `${name}${suffix}`, {
        metric: lines(metricName, forwarded),
        threshold: 1,
        periods: 3,
        meaning: `Flow log lines ${what} to contact-status for 15 minutes.`,
        runbook: 'flow-logs-lost',
      });
    }
    if (!hasMetricMath(config)) return;
    alarms.add(this, `contact-flow-logs-stopped${suffix}`, {
      ...readerStopped(lines('IncomingLogEvents', {}), lines('ForwardedLogEvents', forwarded)),
      meaning: 'Contact flows write log lines, but none has been delivered to contact-status for 45 minutes.',
      runbook: 'flow-logs-lost',
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
      // The instance goes on to write to it when it is named by its ARN instead.
      removalPolicy: RemovalPolicy.RETAIN,
    });
    instance.node.addDependency(logGroup);
    return logGroup;
  }
}
