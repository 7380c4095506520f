/** A data stream of the centre's own. It is read; nothing of it is changed. */
import { Stack } from 'aws-cdk-lib';
import { type IStream, Stream } from 'aws-cdk-lib/aws-kinesis';
import { Construct } from 'constructs';
import { addStreamAlarms } from '../platform/connect-stream.ts';
import type { Foundation } from '../platform/foundation.ts';
import type { Reading, RecordStream } from '../platform/record-stream.ts';
import type { ExistingStream as Settings } from './settings.ts';

export interface ExistingStreamProps {
  readonly foundation: Foundation;
  /** Names its alarms: `contact-trace-records`. */
  readonly name: string;
  readonly settings: Settings;
}

export class ExistingStream extends Construct implements RecordStream {
  readonly stream: IStream;
  readonly reading: Reading;
  readonly keyArn: string | undefined;

  constructor(scope: Construct, id: string, { foundation, name, settings }: ExistingStreamProps) {
    super(scope, id);
    this.stream = Stream.fromStreamArn(this, 'Stream', settings.streamArn);
    this.reading = settings.reading;
    this.keyArn = settings.keyArn;
    addStreamAlarms(this, { foundation, name, stream: this.stream });
    if (this.keyArn) {
      const { account, partition, region } = Stack.of(this);
      foundation.requirements.addDecryption({ keyArn: this.keyArn, service: 'kinesis', account, partition, region });
    }
  }
}
