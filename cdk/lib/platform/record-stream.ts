/** A data stream with what its readers must know of it. */
import type { IStream } from 'aws-cdk-lib/aws-kinesis';

/**
 * How functions read a stream. One that was made is read from its oldest record on, by as many as may share it. Of one that was there, each
 * reader begins 24 hours before it is made, as a stream's oldest records may be a year old: by enhanced fan-out, or with those that read it already.
 */
export type Reading = 'whole' | 'enhanced' | 'shared';

export interface RecordStream {
  readonly stream: IStream;
  readonly reading: Reading;
  /** The key to read it with, where that is not the deployment's own. */
  readonly keyArn: string | undefined;
}

/** Whether these are one stream, which then carries several kinds of records: a function reads it once. */
export function isSameStream(one: RecordStream | undefined, other: RecordStream | undefined): boolean {
  return one !== undefined && one.stream.streamArn === other?.stream.streamArn;
}
