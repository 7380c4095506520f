/** Raw contact records and agent events in S3: the bucket, the delivery streams that fill it, and the tables that Athena reads it by. */
import { CfnOutput, Duration, RemovalPolicy } from 'aws-cdk-lib';
import { BlockPublicAccess, Bucket, BucketEncryption } from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';
import { DeliveryStream } from '../platform/delivery-stream.ts';
import { enforceSsl } from '../platform/emulator.ts';
import { dailyPrefix, PREFIX } from './bucket-prefixes.ts';
import type { Foundation } from '../platform/foundation.ts';
import type { RecordStream } from '../platform/record-stream.ts';
import { RawTables } from './raw-tables.ts';

export interface RecordsProps {
  readonly foundation: Foundation;
  readonly contactRecords: RecordStream;
  /** Kept, too, if they are given: their stream retains them for some days only. */
  readonly agentEvents: RecordStream | undefined;
}

export class Records extends Construct {
  readonly bucket: Bucket;

  constructor(scope: Construct, id: string, { foundation, contactRecords, agentEvents }: RecordsProps) {
    super(scope, id);
    const { config, key, accessLog } = foundation;
    this.bucket = new Bucket(this, 'Bucket', {
      encryption: BucketEncryption.KMS,
      encryptionKey: key,
      bucketKeyEnabled: true,
      blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
      enforceSSL: enforceSsl(config),
      serverAccessLogsBucket: accessLog,
      serverAccessLogsPrefix: 'records/',
      lifecycleRules: [{ expiration: Duration.days(config.recordsExpireDays), abortIncompleteMultipartUploadAfter: Duration.days(1) }],
      removalPolicy: RemovalPolicy.RETAIN,
    });
    new CfnOutput(this, 'BucketName', { value: this.bucket.bucketName });
    const raw = new DeliveryStream(this, 'Raw', {
      foundation, name: 'raw', source: contactRecords, bucket: this.bucket, folder: dailyPrefix(PREFIX.records),
    });
    raw.toBucket();
    const rawAgents = agentEvents && new DeliveryStream(this, 'RawAgents', {
      foundation, name: 'agents-raw', source: agentEvents, bucket: this.bucket, folder: dailyPrefix(PREFIX.agentEvents),
    });
    rawAgents?.toBucket();
    new RawTables(this, 'Table', { foundation, bucket: this.bucket, hasAgentEvents: rawAgents !== undefined });
    foundation.dashboard.addRow('Raw records', [raw.graph(), ...(rawAgents ? [rawAgents.graph()] : [])]);
  }
}
