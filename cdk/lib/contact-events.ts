/** Contact events: from the account's event bus to a queue. */
import { Metric, Stats } from 'aws-cdk-lib/aws-cloudwatch';
import { type EventPattern, Rule } from 'aws-cdk-lib/aws-events';
import { SqsQueue } from 'aws-cdk-lib/aws-events-targets';
import { Construct } from 'constructs';
import type { Foundation } from './foundation.ts';
import type { Instance } from './instance.ts';
import type { QueueWithDlq } from './queue-with-dlq.ts';

const DETAIL_TYPE = ['Amazon Connect Contact Event'];

export interface ContactEventsProps {
  readonly foundation: Foundation;
  readonly instance: Instance;
  readonly queue: QueueWithDlq;
  /** Contact events of this source are let in, too, whatever instance they are of. */
  readonly simulatedSource: string | undefined;
}

export class ContactEvents extends Construct {
  private readonly props: ContactEventsProps;

  constructor(scope: Construct, id: string, props: ContactEventsProps) {
    super(scope, id);
    this.props = props;
    const { instance, simulatedSource } = props;
    this.add('contact-events', {
      source: ['aws.connect'],
      // Connect writes names in camel case mostly, and some details in Pascal case.
      detail: { $or: [{ instanceArn: [instance.arn] }, { InstanceArn: [instance.arn] }] },
    });
    if (simulatedSource) this.add('simulated-contact-events', { source: [simulatedSource] });
  }

  private add(name: string, pattern: EventPattern): void {
    const { foundation: { alarms, prefix }, queue } = this.props;
    const rule = new Rule(this, name, { ruleName: `${prefix}-${name}`, eventPattern: { ...pattern, detailType: DETAIL_TYPE } });
    // An event that the queue does not take lies where the queue's own dead letters do, and comes back the same way.
    rule.addTarget(new SqsQueue(queue.queue, { deadLetterQueue: queue.deadLetters }));
    alarms.add(this, `${name}-not-delivered`, {
      metric: new Metric({
        namespace: 'AWS/Events', metricName: 'FailedInvocations', statistic: Stats.SUM, dimensionsMap: { RuleName: rule.ruleName },
      }),
      threshold: 1,
      meaning: `The rule ${prefix}-${name} of EventBridge could not put events into their queue.`,
      runbook: 'dead-letters',
    });
  }
}
