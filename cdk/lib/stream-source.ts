/** A function that reads a data stream: retries with an end, and a place for what could not be processed. */
import { Duration } from 'aws-cdk-lib';
import type { IStream } from 'aws-cdk-lib/aws-kinesis';
import { StartingPosition } from 'aws-cdk-lib/aws-lambda';
import { KinesisEventSource, SqsDlq } from 'aws-cdk-lib/aws-lambda-event-sources';
import type { Queue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import type { Foundation } from './foundation.ts';
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

/** The stream's records reach the function from 24 hours back on, as the stream keeps no more. */
export class StreamSource extends Construct {
  /** Holds where in the stream a batch is that was given up, not the batch; it must be read back within the stream's retention. */
  readonly failures: Queue;

  constructor(scope: Construct, id: string, { foundation, name, stream, target, batch }: StreamSourceProps) {
    super(scope, id);
    this.failures = deadLetterQueue(this, 'DeadLetters', { foundation, name });
    target.function.addEventSource(new KinesisEventSource(stream, {
      startingPosition: StartingPosition.TRIM_HORIZON,
      batchSize: batch.size,
      maxBatchingWindow: batch.window,
      reportBatchItemFailures: true,
      // A record that fails for ever must not hold up its shard: it is cut out by halving and put aside.
      bisectBatchOnError: true,
      retryAttempts: 10,
      // As long as the stream keeps a record: none is given up for its age alone.
      maxRecordAge: Duration.hours(24),
      onFailure: new SqsDlq(this.failures),
    }));
    target.ringWhenBehind();
  }
}
