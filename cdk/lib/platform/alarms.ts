/** Alarms: each names its meaning and its runbook section, and notifies the configured target. */
import { Stack } from 'aws-cdk-lib';
import {
  Alarm, ComparisonOperator, type IAlarmAction, type IMetric, TreatMissingData,
} from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import { PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { type ITopic, Topic } from 'aws-cdk-lib/aws-sns';
import { EmailSubscription } from 'aws-cdk-lib/aws-sns-subscriptions';
import { Construct } from 'constructs';
import { suppressNag } from './suppress-nag.ts';
import type { Config } from '../config.ts';
import { enforceSsl } from './emulator.ts';

/** The sections of docs/RUNBOOK.md, by anchor: what each alarm means, how to see more, what to do. */
export const RUNBOOK = [
  'dead-letters', 'old-messages', 'function-errors', 'function-throttles', 'iterator-age', 'reader-stopped', 'nothing-arrives', 'stream-full',
  'delivery-late', 'search-rejected', 'search-domain', 'archive-fails', 'records-rejected', 'lookups-failed', 'flow-errors', 'flow-logs-lost',
  'no-snapshot', 'stale-metrics', 'database-limit', 'sums-behind', 'contacts-missing',
] as const;

/** One alarm: its metric and threshold, and its meaning for an operator. */
export interface AlarmProps {
  /** Its statistic and period are the alarm's. */
  readonly metric: IMetric;
  /** The alarm state begins at this value and above. */
  readonly threshold: number;
  /** With `below`, the alarm state begins below the threshold instead. */
  readonly below?: boolean;
  /** The number of breaching periods that set the alarm off; 1 by default. */
  readonly periods?: number;
  /** The number of latest periods that are evaluated; by default `periods`, so that they must be consecutive. */
  readonly within?: number;
  /** What is wrong in the alarm state, in one sentence. */
  readonly meaning: string;
  /** The section of docs/RUNBOOK.md that says what to do. */
  readonly runbook: (typeof RUNBOOK)[number];
  /** How missing data is treated; not breaching by default, because most metrics appear with the first fault only. */
  readonly missing?: TreatMissingData;
}

export class Alarms extends Construct {
  /** All alarms; the list grows as capabilities are added. */
  readonly all: Alarm[] = [];
  private readonly prefix: string;
  private readonly action: IAlarmAction | undefined;

  constructor(scope: Construct, id: string, props: { config: Config; prefix: string }) {
    super(scope, id);
    this.prefix = props.prefix;
    const topic = this.target(props.config);
    this.action = topic && new SnsAction(topic);
  }

  /** Adds an alarm of this name, unique in the deployment, to a capability's scope. */
  add(scope: Construct, name: string, { metric, threshold, below, periods = 1, within, meaning, runbook, missing }: AlarmProps): Alarm {
    const alarm = new Alarm(scope, `${name}Alarm`, {
      alarmName: `${this.prefix}-${name}`,
      alarmDescription: `${meaning} What to do: docs/RUNBOOK.md#${runbook}`,
      metric,
      threshold,
      evaluationPeriods: within ?? periods,
      ...(within && { datapointsToAlarm: periods }),
      comparisonOperator: below ? ComparisonOperator.LESS_THAN_THRESHOLD : ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
      treatMissingData: missing ?? TreatMissingData.NOT_BREACHING,
    });
    this.all.push(alarm);
    if (this.action) {
      alarm.addAlarmAction(this.action);
      alarm.addOkAction(this.action);
    }
    return alarm;
  }

  /** The topic has no key, so that an alarm about the key is delivered too. Alarms contain no personal data. */
  private target(config: Config): ITopic | undefined {
    const { alarms } = config;
    if (!alarms) return undefined;
    if ('topicArn' in alarms) return Topic.fromTopicArn(this, 'Topic', alarms.topicArn);
    const topic = new Topic(this, 'Topic', { enforceSSL: enforceSsl(config) });
    this.grantAlarmsPublish(topic);
    topic.addSubscription(new EmailSubscription(alarms.email));
    suppressNag(topic, 'An e-mail that cannot be delivered needs no queue: the alarm itself stays in CloudWatch', 'Serverless-SNSRedrivePolicy');
    return topic;
  }

  /** Allows CloudWatch to publish. A topic with a policy of its own, such as the one for TLS, loses the default policy that allows it. */
  private grantAlarmsPublish(topic: Topic): void {
    const { account, partition, region } = Stack.of(this);
    topic.addToResourcePolicy(new PolicyStatement({
      sid: 'AlarmsPublish',
      principals: [new ServicePrincipal('cloudwatch.amazonaws.com')],
      actions: ['sns:Publish'],
      resources: [topic.topicArn],
      conditions: {
        StringEquals: { 'aws:SourceAccount': account },
        ArnLike: { 'aws:SourceArn': `arn:${partition}:cloudwatch:${region}:${account}:alarm:${this.prefix}-*` },
      },
    }));
  }
}
