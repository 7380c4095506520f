/** Contact events: from the account's event bus to the queues of those who read them. */
import { Metric, Stats } from 'aws-cdk-lib/aws-cloudwatch';
import { type EventPattern, type IEventBus, Rule } from 'aws-cdk-lib/aws-events';
import { SqsQueue } from 'aws-cdk-lib/aws-events-targets';
import type { IStream } from 'aws-cdk-lib/aws-kinesis';
import { Construct } from 'constructs';
import { hasMetricMath } from '../platform/emulator.ts';
import type { Foundation } from '../platform/foundation.ts';
import { type Instance, withReplicas } from '../platform/instance.ts';
import { readerStopped } from '../platform/alarm-metrics.ts';
import type { QueueWithDlq } from '../platform/queue-with-dlq.ts';

/** How the member is spelled that names the instance: in camel case mostly, and in AWS's own samples otherwise, too. The reader is blind to case. */
const INSTANCE_MEMBERS = ['instanceArn', 'InstanceArn', 'instanceARN', 'InstanceARN'];
/** How many instances one rule names: EventBridge takes patterns of 2,048 characters, and an ARN of 95 is there once for each spelling. */
const INSTANCES_OF_A_RULE = 4;
const DETAIL_TYPE = ['Amazon Connect Contact Event'];

export interface ContactEventsProps {
  readonly foundation: Foundation;
  readonly instances: readonly Instance[];
  /** The bus that they come on. */
  readonly bus: IEventBus | 'default';
  /** A contact that ends makes a record, as well as its events. Without their stream there is no alarm on silence. */
  readonly contactRecords: IStream | undefined;
  /** Contact events of this source are accepted too, whatever their instance. */
  readonly simulatedSource: string | undefined;
}

export class ContactEvents extends Construct {
  private readonly props: ContactEventsProps;
  private readonly rules: Rule[] = [];

  constructor(scope: Construct, id: string, props: ContactEventsProps) {
    super(scope, id);
    this.props = props;
    const { foundation, instances, simulatedSource } = props;
    const named = instances.map(({ arn }) => arn);
    // Replicas last: what is added to the config's end moves no instance from one rule to another.
    const arns = [...named, ...withReplicas(instances, foundation.config).map(({ arn }) => arn).filter((arn) => !named.includes(arn))];
    const groups = Array.from({ length: Math.ceil(arns.length / INSTANCES_OF_A_RULE) }, (_, at) => arns.slice(at * INSTANCES_OF_A_RULE, (at + 1) * INSTANCES_OF_A_RULE));
    const rules = groups.map((group, at) => this.add(at ? `contact-events-${at + 1}` : 'contact-events', {
      source: ['aws.connect'],
      detail: { $or: INSTANCE_MEMBERS.map((member) => ({ [member]: group })) },
    }));
    if (props.contactRecords) this.addSilenceAlarm(rules, props.contactRecords);
    if (simulatedSource) this.add('simulated-contact-events', { source: [simulatedSource] });
  }

  /** Has the events put into a queue, too. A rule has five targets at most. */
  deliverTo({ queue, deadLetters }: QueueWithDlq): void {
    // An event that the queue rejects joins the queue's own dead letters, and is redriven the same way.
    for (const rule of this.rules) rule.addTarget(new SqsQueue(queue, { deadLetterQueue: deadLetters }));
  }

  private add(name: string, pattern: EventPattern): Rule {
    const { bus, foundation: { alarms, prefix } } = this.props;
    const rule = new Rule(this, name, {
      ruleName: `${prefix}-${name}`,
      eventPattern: { ...pattern, detailType: DETAIL_TYPE },
      ...(bus !== 'default' && { eventBus: bus }),
    });
    this.rules.push(rule);
    alarms.add(this, `${name}-not-delivered`, {
      metric: this.measured(rule, 'FailedInvocations'),
      threshold: 1,
      meaning: `EventBridge could not deliver events of the rule ${prefix}-${name} to a queue.`,
      runbook: 'dead-letters',
    });
    alarms.add(this, `${name}-lost`, {
      metric: this.measured(rule, 'InvocationsFailedToBeSentToDlq'),
      threshold: 1,
      meaning: `EventBridge could deliver events of the rule ${prefix}-${name} neither to a queue nor to its dead-letter queue.`,
      runbook: 'dead-letters',
    });
    return rule;
  }

  /** Adds an alarm on silence of all rules together: one that is disabled, or that no event matches any more, reports nothing. */
  private addSilenceAlarm(rules: Rule[], contactRecords: IStream): void {
    const { foundation: { alarms, config } } = this.props;
    if (!hasMetricMath(config)) return;
    const [taken, ...more] = rules.map((rule) => this.measured(rule, 'Invocations'));
    alarms.add(this, 'contact-events-silent', {
      ...readerStopped(contactRecords.metricIncomingRecords({ statistic: Stats.SUM }), taken!, ...more),
      meaning: 'Contact records arrive, but no contact event has for 45 minutes.',
      runbook: 'nothing-arrives',
    });
  }

  /** A rule of another bus than the default one is measured with the bus's name. */
  private measured({ ruleName }: Rule, metricName: string): Metric {
    const { bus } = this.props;
    const dimensionsMap = { ...(bus !== 'default' && { EventBusName: bus.eventBusName }), RuleName: ruleName };
    return new Metric({ namespace: 'AWS/Events', metricName, statistic: Stats.SUM, dimensionsMap });
  }
}
