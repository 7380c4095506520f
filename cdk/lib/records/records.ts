/** Raw contact records in S3: the bucket, the delivery stream that fills it, and the table that Athena reads it by. */
import { CfnOutput, Duration, RemovalPolicy } from 'aws-cdk-lib';
import type { IStream } from 'aws-cdk-lib/aws-kinesis';
import { BlockPublicAccess, Bucket, BucketEncryption } from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';
import { DeliveryStream } from '../platform/delivery-stream.ts';
import { enforceSsl } from '../platform/emulator.ts';
import { dailyPrefix, PREFIX } from './bucket-prefixes.ts';
import type { Foundation } from '../platform/foundation.ts';
import { RecordsTable } from './records-table.ts';

export class Records extends Construct {
  readonly bucket: Bucket;

  constructor(scope: Construct, id: string, { foundation, contactRecords }: { foundation: Foundation; contactRecords: IStream }) {
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
    new RecordsTable(this, 'Table', { foundation, bucket: this.bucket });
    foundation.dashboard.addRow('Contact records', [raw.graph()]);
  }
}
