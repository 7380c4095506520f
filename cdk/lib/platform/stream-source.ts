/** An event source mapping of a data stream: bounded retries and a dead-letter queue. */
import { CfnParameter, Duration, Stack } from 'aws-cdk-lib';
import { Metric, Stats } from 'aws-cdk-lib/aws-cloudwatch';
import { StreamConsumer } from 'aws-cdk-lib/aws-kinesis';
import { type EventSourceMappingOptions, MetricType, StartingPosition } from 'aws-cdk-lib/aws-lambda';
import type { Queue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { hasMetricMath } from './emulator.ts';
import type { Foundation } from './foundation.ts';
import { readerStopped } from './alarm-metrics.ts';
import { deadLetterQueue } from './queue-with-dlq.ts';
import type { RecordStream } from './record-stream.ts';
import type { ServiceFunction } from './service-function.ts';

export interface StreamSourceProps {
  readonly foundation: Foundation;
  /** Names the dead-letter queue and its alarm. */
  readonly name: string;
  readonly source: RecordStream;
  readonly target: ServiceFunction;
  readonly batch: { size: number; window: Duration };
  /** How many others read the stream. */
  readonly others?: number;
}

/** https://docs.aws.amazon.com/lambda/latest/dg/services-kinesis-create.html */
const READ = ['kinesis:DescribeStream', 'kinesis:DescribeStreamSummary', 'kinesis:GetRecords', 'kinesis:GetShardIterator', 'kinesis:ListShards'];
/**
 * The most readers that share a shard's five reads and 2 MB a second: each reads once a second, and Kinesis sizes a stream on demand for twice
 * its peak, so a shard of 1 MB a second is half full. Each further one gets 2 MB a second of its own by enhanced fan-out.
 * https://docs.aws.amazon.com/streams/latest/dev/enhanced-consumers.html
 */
const MAX_SHARING = 4;
/** The longest maximum age that Lambda accepts; above it there is no maximum. */
const LONGEST_AGE_HOURS = 168;

/** How far back the reader of a stream that was there begins. */
const BACK = Duration.hours(24);

/** The function reads the stream: one that was made from its oldest record on, one that was there from a day ago. */
export class StreamSource extends Construct {
  /** Positions of abandoned batches, not the batches themselves, which must be read back within the stream's retention. */
  readonly failures: Queue;

  constructor(scope: Construct, id: string, props: StreamSourceProps) {
    super(scope, id);
    const { foundation, name, source: { stream, reading, keyArn }, target, batch } = props;
    this.failures = deadLetterQueue(this, 'DeadLetters', { foundation, name });
    const { config } = foundation;
    const eventSourceArn = this.place(props);
    const source = target.function.addEventSourceMapping(name, {
      eventSourceArn,
      ...this.start(props),
      batchSize: batch.size,
      maxBatchingWindow: batch.window,
      reportBatchItemFailures: true,
      // A record that always fails must not block its shard: bisecting isolates and dead-letters it.
      bisectBatchOnError: true,
      retryAttempts: 10,
      // As long as the stream retains a record, so that none is abandoned for its age alone; how long another's does, its owner decides.
      ...(reading === 'whole' && config.streamRetentionHours <= LONGEST_AGE_HOURS && { maxRecordAge: Duration.hours(config.streamRetentionHours) }),
      onFailure: { bind: () => ({ destination: this.failures.queueArn }) },
      ...(hasMetricMath(config) && { metricsConfig: { metrics: [MetricType.EVENT_COUNT] } }),
    });
    // What the event source mapping needs, and no more; CDK would allow it to list all streams.
    target.allow(READ, [stream.streamArn]);
    if (keyArn) target.allow(['kms:Decrypt'], [keyArn]);
    target.allow(['sqs:SendMessage'], [this.failures.queueArn]);
    target.addIteratorAgeAlarm();
    if (hasMetricMath(config)) this.addStoppedAlarm(props, source.eventSourceMappingId);
  }

  /** The ARN that the reader reads from: the stream's, or that of a consumer of its own. */
  private place({ foundation, name, source: { stream, reading }, target, others = 0 }: StreamSourceProps): string {
    const isCrowded = reading === 'whole' && others >= MAX_SHARING;
    if (reading !== 'enhanced' && !isCrowded) return stream.streamArn;
    const { streamConsumerArn } = new StreamConsumer(this, 'Consumer', { stream, streamConsumerName: `${foundation.prefix}-${name}` });
    target.allow(['kinesis:SubscribeToShard'], [streamConsumerArn]);
    return streamConsumerArn;
  }

  /**
   * Where the reader begins. Lambda replaces a reader whose time changes, and CloudFormation has no clock, so the time is a parameter: the first
   * deployment with the reader takes the default, a day before the template was made, and each later one the value that the stack has (as
   * `cdk deploy` does unless it is told `--no-previous-parameters`). It is the stack's own, as nothing remembers a parameter of a nested one.
   */
  private start({ foundation, name, source: { reading } }: StreamSourceProps): Pick<EventSourceMappingOptions, 'startingPosition' | 'startingPositionTimestamp'> {
    if (reading === 'whole') return { startingPosition: StartingPosition.TRIM_HORIZON };
    const isNested = Stack.of(this) !== Stack.of(foundation);
    const begin = new CfnParameter(isNested ? foundation : this, isNested ? `Begin-${name}` : 'Begin', {
      type: 'Number',
      default: Math.floor(foundation.now.getTime() / 1000) - BACK.toSeconds(),
      description: `When ${name} begins to read its stream, in seconds since 1970; it is set once`,
    });
    return { startingPosition: StartingPosition.AT_TIMESTAMP, startingPositionTimestamp: begin.valueAsNumber };
  }

  /** Adds an alarm on a reader that stopped: Lambda reports no iterator age for a function that it no longer invokes. */
  private addStoppedAlarm({ foundation, name, source: { stream } }: StreamSourceProps, EventSourceMappingUUID: string): void {
    const taken = new Metric({
      namespace: 'AWS/Lambda', metricName: 'PolledEventCount', statistic: Stats.SUM, dimensionsMap: { EventSourceMappingUUID },
    });
    foundation.alarms.add(this, `${name}-stopped`, {
      ...readerStopped(stream.metricIncomingRecords({ statistic: Stats.SUM }), taken),
      meaning: `Records arrive in the stream that ${name} reads, but it has read none for 45 minutes.`,
      runbook: 'reader-stopped',
    });
  }
}
