/** A function that reads a data stream: retries with an end, and a place for what could not be processed. */
import { Duration } from 'aws-cdk-lib';
import { Metric, Stats } from 'aws-cdk-lib/aws-cloudwatch';
import type { IStream } from 'aws-cdk-lib/aws-kinesis';
import { MetricType, StartingPosition } from 'aws-cdk-lib/aws-lambda';
import type { Queue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { hasMetricMath } from './emulator.ts';
import type { Foundation } from './foundation.ts';
import { readerStopped } from './alarm-metrics.ts';
import { deadLetterQueue } from './queue-with-dlq.ts';
import type { ServiceFunction } from './service-function.ts';

export interface StreamSourceProps {
  readonly foundation: Foundation;
  /** Names the dead-letter queue and its alarm. */
  readonly name: string;
  readonly stream: IStream;
  readonly target: ServiceFunction;
  readonly batch: { size: number; window: Duration };
}

/** https://docs.aws.amazon.com/lambda/latest/dg/services-kinesis-create.html */
const READ = ['kinesis:DescribeStream', 'kinesis:DescribeStreamSummary', 'kinesis:GetRecords', 'kinesis:GetShardIterator', 'kinesis:ListShards'];
/** Lambda takes no longer age of a record, but none at all. */
const LONGEST_AGE_HOURS = 168;

/** The stream's records reach the function from the oldest on that the stream keeps. */
export class StreamSource extends Construct {
  /** Holds where in the stream a batch is that was given up, not the batch; it must be read back within the stream's retention. */
  readonly failures: Queue;

  constructor(scope: Construct, id: string, props: StreamSourceProps) {
    super(scope, id);
    const { foundation, name, stream, target, batch } = props;
    this.failures = deadLetterQueue(this, 'DeadLetters', { foundation, name });
    const { config } = foundation;
    const source = target.function.addEventSourceMapping(name, {
      eventSourceArn: stream.streamArn,
      startingPosition: StartingPosition.TRIM_HORIZON,
      batchSize: batch.size,
      maxBatchingWindow: batch.window,
      reportBatchItemFailures: true,
      // A record that fails for ever must not hold up its shard: it is cut out by halving and put aside.
      bisectBatchOnError: true,
      retryAttempts: 10,
      // As long as the stream keeps a record: none is given up for its age alone.
      ...(config.streamRetentionHours <= LONGEST_AGE_HOURS && { maxRecordAge: Duration.hours(config.streamRetentionHours) }),
      onFailure: { bind: () => ({ destination: this.failures.queueArn }) },
      ...(hasMetricMath(config) && { metricsConfig: { metrics: [MetricType.EVENT_COUNT] } }),
    });
    // What Lambda needs to read for it, and no more; CDK would let it list all streams.
    target.allow(READ, [stream.streamArn]);
    target.allow(['sqs:SendMessage'], [this.failures.queueArn]);
    target.addIteratorAgeAlarm();
    if (hasMetricMath(config)) this.addStoppedAlarm(props, source.eventSourceMappingId);
  }

  /** Lambda tells how far behind a function is with each call: of one that is called no more it tells nothing. */
  private addStoppedAlarm({ foundation, name, stream }: StreamSourceProps, EventSourceMappingUUID: string): void {
    const taken = new Metric({
      namespace: 'AWS/Lambda', metricName: 'PolledEventCount', statistic: Stats.SUM, dimensionsMap: { EventSourceMappingUUID },
    });
    foundation.alarms.add(this, `${name}-stopped`, {
      ...readerStopped(stream.metricIncomingRecords({ statistic: Stats.SUM }), taken),
      meaning: `Records come into the stream that ${name} reads, and it has taken none for 45 minutes.`,
      runbook: 'reader-stopped',
    });
  }
}
