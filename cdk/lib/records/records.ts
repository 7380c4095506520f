/** Raw contact records and agent events in S3: the bucket, the delivery streams that fill it, and the tables that Athena reads it by. */
import { CfnOutput } from 'aws-cdk-lib';
import type { Bucket } from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';
import { DeliveryStream } from '../platform/delivery-stream.ts';
import { keptBucket } from '../platform/kept-bucket.ts';
import { dailyPrefix, PREFIX } from './bucket-prefixes.ts';
import type { Foundation } from '../platform/foundation.ts';
import type { RecordStream } from '../platform/record-stream.ts';
import { RawTables } from './raw-tables.ts';

export interface RecordsProps {
  readonly foundation: Foundation;
  /** Nothing if they are in a bucket already. */
  readonly contactRecords: RecordStream | undefined;
  /** Kept, too, if they are given: their stream retains them for some days only. */
  readonly agentEvents: RecordStream | undefined;
}

export class Records extends Construct {
  readonly bucket: Bucket;

  constructor(scope: Construct, id: string, { foundation, contactRecords, agentEvents }: RecordsProps) {
    super(scope, id);
    this.bucket = keptBucket(this, 'Bucket', { foundation, logFolder: 'records/', expireDays: foundation.config.recordsExpireDays });
    new CfnOutput(this, 'BucketName', { value: this.bucket.bucketName });
    const raw = contactRecords && new DeliveryStream(this, 'Raw', {
      foundation, name: 'raw', source: contactRecords, bucket: this.bucket, folder: dailyPrefix(PREFIX.records),
    });
    raw?.toBucket();
    const rawAgents = agentEvents && new DeliveryStream(this, 'RawAgents', {
      foundation, name: 'agents-raw', source: agentEvents, bucket: this.bucket, folder: dailyPrefix(PREFIX.agentEvents),
    });
    rawAgents?.toBucket();
    if (raw) new RawTables(this, 'Table', { foundation, bucket: this.bucket, hasAgentEvents: rawAgents !== undefined });
    const graphs = [raw, rawAgents].flatMap((stream) => (stream ? [stream.graph()] : []));
    if (graphs.length > 0) foundation.dashboard.addRow('Raw records', graphs);
  }
}
