/** A queue that a function consumes, with its dead-letter queue. */
import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import { Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { suppressNag } from './suppress-nag.ts';
import type { Graph } from './dashboard.ts';
import { enforceSsl } from './emulator.ts';
import type { Foundation } from './foundation.ts';
import type { ServiceFunction } from './service-function.ts';

/** Attempts for a message before it is dead-lettered. */
const MAX_RECEIVES = 5;

export interface QueueWithDlqProps {
  readonly foundation: Foundation;
  /** Names the queue `PREFIX-NAME` and its dead-letter queue `PREFIX-NAME-dlq`. */
  readonly name: string;
  /** The timeout of the function that reads it. */
  readonly functionTimeout: Duration;
  /** The age of the oldest message at which the alarm state begins. */
  readonly lateAfter: Duration;
  /** Its messages exist nowhere else, so no edit of the config may delete it. */
  readonly holdsOnlyCopies?: boolean;
}

export class QueueWithDlq extends Construct {
  readonly queue: Queue;
  readonly deadLetters: Queue;
  private readonly props: QueueWithDlqProps;

  constructor(scope: Construct, id: string, props: QueueWithDlqProps) {
    super(scope, id);
    this.props = props;
    this.deadLetters = deadLetterQueue(this, 'DeadLetters', props);
    this.queue = new Queue(this, 'Queue', {
      queueName: `${props.foundation.prefix}-${props.name}`,
      encryption: QueueEncryption.KMS,
      encryptionMasterKey: props.foundation.key,
      dataKeyReuse: Duration.hours(1),
      enforceSSL: enforceSsl(props.foundation.config),
      // AWS's advice: six times the reader's timeout, so that no message is delivered again while it is being processed.
      visibilityTimeout: Duration.seconds(6 * props.functionTimeout.toSeconds()),
      retentionPeriod: Duration.days(4),
      deadLetterQueue: { queue: this.deadLetters, maxReceiveCount: MAX_RECEIVES },
    });
    if (props.holdsOnlyCopies) [this.queue, this.deadLetters].forEach((queue) => queue.applyRemovalPolicy(RemovalPolicy.RETAIN));
    this.addAlarm();
  }

  /** Adds a function that consumes the queue in batches; it reports which messages failed. */
  addConsumer(target: ServiceFunction, batch: { size: number; window?: Duration; concurrency?: number }): void {
    suppressNag(target, 'A message that fails goes to the queue\'s own dead-letter queue', 'Serverless-LambdaEventSourceMappingDestination');
    target.function.addEventSourceMapping(this.props.name, {
      eventSourceArn: this.queue.queueArn,
      batchSize: batch.size,
      reportBatchItemFailures: true,
      ...(batch.window && { maxBatchingWindow: batch.window }),
      ...(batch.concurrency && { maxConcurrency: batch.concurrency }),
    });
    // What the event source mapping needs: https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html
    target.allow(['sqs:ReceiveMessage', 'sqs:DeleteMessage', 'sqs:GetQueueAttributes'], [this.queue.queueArn]);
    target.grantDecrypt();
  }

  /** Its graph for the capability's dashboard row. */
  graph(): Graph {
    return {
      title: `${this.props.name}: queue`,
      left: [
        this.queue.metricApproximateNumberOfMessagesVisible(),
        this.deadLetters.metricApproximateNumberOfMessagesVisible({ label: 'dead letters' }),
      ],
      right: [this.queue.metricApproximateAgeOfOldestMessage()],
    };
  }

  private addAlarm(): void {
    const { foundation, name, lateAfter } = this.props;
    foundation.alarms.add(this, `${name}-old-messages`, {
      metric: this.queue.metricApproximateAgeOfOldestMessage(),
      threshold: lateAfter.toSeconds(),
      periods: 2,
      meaning: `A message has waited in the queue ${name} for more than ${lateAfter.toHumanString()}.`,
      runbook: 'old-messages',
    });
  }
}

/**
 * A dead-letter queue `PREFIX-NAME-dlq` with SQS's longest retention, and an alarm on its first message. SQS encrypts it with a key of its own,
 * so that it also accepts what a queue rejects because the deployment's key fails.
 */
export function deadLetterQueue(scope: Construct, id: string, props: { foundation: Foundation; name: string }): Queue {
  const { foundation, name } = props;
  const queue = new Queue(scope, id, {
    queueName: deadLetterQueueName(foundation, name),
    encryption: QueueEncryption.SQS_MANAGED,
    enforceSSL: enforceSsl(foundation.config),
    retentionPeriod: Duration.days(14),
  });
  suppressNag(queue, 'It is itself the dead-letter queue', 'AwsSolutions-SQS3', 'Serverless-SQSRedrivePolicy');
  foundation.alarms.add(scope, `${name}-dead-letters`, {
    metric: queue.metricApproximateNumberOfMessagesVisible({ period: Duration.minutes(1) }),
    threshold: 1,
    meaning: `Messages of ${name} failed every attempt and are in the dead-letter queue ${deadLetterQueueName(foundation, name)}.`,
    runbook: 'dead-letters',
  });
  foundation.deadLetterQueues.set(name, queue);
  return queue;
}

/** What a dead-letter queue is called on AWS. */
export function deadLetterQueueName({ prefix }: Foundation, name: string): string {
  return `${prefix}-${name}-dlq`;
}
