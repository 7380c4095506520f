/** The archive in S3 of contacts that expired in the table. */
import { CfnOutput, Duration } from 'aws-cdk-lib';
import { Metric, Stats } from 'aws-cdk-lib/aws-cloudwatch';
import type { Table } from 'aws-cdk-lib/aws-dynamodb';
import { PolicyStatement, type Role } from 'aws-cdk-lib/aws-iam';
import { CfnPipe } from 'aws-cdk-lib/aws-pipes';
import type { Bucket } from 'aws-cdk-lib/aws-s3';
import type { Queue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import type { Graph } from '../platform/dashboard.ts';
import { DeliveryStream } from '../platform/delivery-stream.ts';
import { hasPipes } from '../platform/emulator.ts';
import { keptBucket } from '../platform/kept-bucket.ts';
import { readerStopped } from '../platform/alarm-metrics.ts';
import { dailyPrefix } from '../records/bucket-prefixes.ts';
import type { Foundation } from '../platform/foundation.ts';
import { deadLetterQueue } from '../platform/queue-with-dlq.ts';
import { serviceRole } from '../platform/service-role.ts';

/** Deletions by DynamoDB's time to live; other deletions are not archived. */
const EXPIRED = { eventName: ['REMOVE'], userIdentity: { type: ['Service'], principalId: ['dynamodb.amazonaws.com'] } };
/** A line of the archive: the entry as DynamoDB writes it in JSON, and when it was deleted, in seconds. */
const LINE = '{"expired": <$.dynamodb.ApproximateCreationDateTime>, "entry": <$.dynamodb.OldImage>}';

export interface ContactArchiveProps {
  readonly foundation: Foundation;
  readonly table: Table;
  readonly expireDays: number;
}

export class ContactArchive extends Construct {
  readonly bucket: Bucket;
  private readonly delivery: DeliveryStream;

  constructor(scope: Construct, id: string, { foundation, table, expireDays }: ContactArchiveProps) {
    super(scope, id);
    this.bucket = keptBucket(this, 'Bucket', { foundation, logFolder: 'contacts/', expireDays });
    new CfnOutput(this, 'BucketName', { value: this.bucket.bucketName, description: 'Expired contacts' });
    this.delivery = new DeliveryStream(this, 'Delivery', {
      foundation, name: 'expired-contacts', bucket: this.bucket, folder: dailyPrefix('contacts/'),
    });
    const deliveryArn = this.delivery.toBucket();
    if (hasPipes(foundation.config)) this.addPipe(foundation, table, deliveryArn);
  }

  /** Its graph for the capability's dashboard row. */
  graph(): Graph {
    return this.delivery.graph();
  }

  private addPipe(foundation: Foundation, table: Table, deliveryArn: string): void {
    const { tableStreamArn } = table;
    if (!tableStreamArn) throw new Error('the table to archive has no stream');
    const failures = deadLetterQueue(this, 'DeadLetters', { foundation, name: 'contact-archive' });
    const name = `${foundation.prefix}-contact-archive`;
    const role = this.role(foundation, { source: tableStreamArn, target: deliveryArn, failures });
    const pipe = new CfnPipe(this, 'Pipe', {
      name,
      description: 'Expired contacts to the archive',
      roleArn: role.roleArn,
      source: tableStreamArn,
      sourceParameters: {
        filterCriteria: { filters: [{ pattern: JSON.stringify(EXPIRED) }] },
        dynamoDbStreamParameters: {
          startingPosition: 'TRIM_HORIZON',
          batchSize: 100,
          maximumBatchingWindowInSeconds: 60,
          // The stream retains a day.
          maximumRecordAgeInSeconds: Duration.hours(12).toSeconds(),
          maximumRetryAttempts: 20,
          onPartialBatchItemFailure: 'AUTOMATIC_BISECT',
          deadLetterConfig: { arn: failures.queueArn },
        },
      },
      target: deliveryArn,
      targetParameters: { inputTemplate: LINE },
    });
    // Pipes checks its permissions when it is created.
    pipe.node.addDependency(role);
    this.addMonitoring(foundation, table, name);
  }

  private addMonitoring({ alarms }: Foundation, { tableName: TableName }: Table, PipeName: string): void {
    const pipe = (metricName: string) =>
      new Metric({ namespace: 'AWS/EventBridge/Pipes', metricName, statistic: Stats.SUM, dimensionsMap: { PipeName } });
    for (const [name, metricName, what] of [
      ['contact-archive-failures', 'ExecutionFailed', 'Expired contacts have'],
      ['contact-archive-partly', 'ExecutionPartiallyFailed', 'Some expired contacts have'],
    ] as const) {
      alarms.add(this, name, {
        metric: pipe(metricName), threshold: 1, periods: 3, meaning: `${what} failed to reach the archive for 15 minutes.`, runbook: 'archive-fails',
      });
    }
    const expired = new Metric({
      namespace: 'AWS/DynamoDB', metricName: 'TimeToLiveDeletedItemCount', statistic: Stats.SUM, dimensionsMap: { TableName },
    });
    alarms.add(this, 'contact-archive-stopped', {
      ...readerStopped(expired, pipe('Invocations')),
      meaning: 'Contacts expire, but none has been archived for 45 minutes.',
      runbook: 'archive-fails',
    });
  }

  private role({ key }: Foundation, { source, target, failures }: { source: string; target: string; failures: Queue }): Role {
    const role = serviceRole(this, 'Role', 'pipes.amazonaws.com');
    const allow = (actions: string[], resource: string) => role.addToPolicy(new PolicyStatement({ actions, resources: [resource] }));
    allow(['dynamodb:DescribeStream', 'dynamodb:GetRecords', 'dynamodb:GetShardIterator', 'dynamodb:ListStreams'], source);
    allow(['firehose:PutRecordBatch'], target);
    allow(['sqs:SendMessage'], failures.queueArn);
    allow(['kms:Decrypt', 'kms:GenerateDataKey'], key.keyArn);
    return role;
  }
}
