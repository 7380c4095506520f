/** A bucket for what is kept a number of days and outlives the stack: encrypted, private, its accesses logged. */
import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import { BlockPublicAccess, Bucket, BucketEncryption } from 'aws-cdk-lib/aws-s3';
import type { Construct } from 'constructs';
import { enforceSsl } from './emulator.ts';
import type { Foundation } from './foundation.ts';

interface KeptBucketProps {
  readonly foundation: Foundation;
  /** Where its accesses are logged: a folder of the bucket of access logs. */
  readonly logFolder: string;
  readonly expireDays: number;
}

export function keptBucket(scope: Construct, id: string, { foundation, logFolder, expireDays }: KeptBucketProps): Bucket {
  return new Bucket(scope, id, {
    encryption: BucketEncryption.KMS,
    encryptionKey: foundation.key,
    bucketKeyEnabled: true,
    blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
    enforceSSL: enforceSsl(foundation.config),
    serverAccessLogsBucket: foundation.accessLog,
    serverAccessLogsPrefix: logFolder,
    lifecycleRules: [{ expiration: Duration.days(expireDays), abortIncompleteMultipartUploadAfter: Duration.days(1) }],
    removalPolicy: RemovalPolicy.RETAIN,
  });
}
