/** Workforce history: each object of contact records, and each report, reaches the WFM's SFTP server as CSV. */
import { Duration, Stack } from 'aws-cdk-lib';
import { CfnInstanceStorageConfig } from 'aws-cdk-lib/aws-connect';
import { PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { CfnBucket } from 'aws-cdk-lib/aws-s3';
import type { CfnQueuePolicy } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import type { Config } from '../config.ts';
import { hasConnect } from '../platform/emulator.ts';
import { permitConnect } from '../platform/connect-stream.ts';
import { PREFIX } from '../records/bucket-prefixes.ts';
import type { Foundation } from '../platform/foundation.ts';
import type { Instance } from '../platform/instance.ts';
import { QueueWithDlq } from '../platform/queue-with-dlq.ts';
import type { Records } from '../records/records.ts';
import type { RecordBucket } from '../sources/record-bucket.ts';
import { ServiceFunction } from '../platform/service-function.ts';

/** A large object to a slow server; see docs/performance.md for what was measured. */
const TIMEOUT = Duration.minutes(5);

export interface WorkforceProps {
  readonly foundation: Foundation;
  readonly instances: readonly Instance[];
  readonly records: Records;
  /** Where contact records are, if not in the bucket of `records`. */
  readonly recordBucket: RecordBucket | undefined;
  /** The setting that names the instances whose records are delivered, where others' come, too. */
  readonly served: Record<string, string>;
  readonly settings: NonNullable<Config['workforce']>;
}

export class Workforce extends Construct {
  readonly objects: QueueWithDlq;
  readonly sftp: ServiceFunction;

  constructor(scope: Construct, id: string, { foundation, instances, served, records, recordBucket, settings }: WorkforceProps) {
    super(scope, id);
    this.objects = new QueueWithDlq(this, 'Objects', {
      foundation, name: 'ctr-sftp', functionTimeout: TIMEOUT, lateAfter: Duration.hours(1),
    });
    this.notify(records, foundation);
    this.sftp = new ServiceFunction(this, 'Sftp', {
      foundation,
      binary: 'ctr-sftp',
      description: 'Contact records and reports in S3 to CSV files on the SFTP server of workforce management',
      timeout: TIMEOUT,
      environment: {
        WFM_SFTP: `secretsmanager://${settings.sftpSecretArn}`, CSV_LAYOUT: settings.csvLayout, ...served,
        // Nothing is written beside the objects of others.
        ...(recordBucket && { REJECTED_RECORDS_BUCKET: records.bucket.bucketName }),
      },
      inVpc: true,
    });
    // An SFTP account allows few sessions at once.
    this.objects.addConsumer(this.sftp, { size: 10, concurrency: 2 });
    this.permit(records, settings);
    recordBucket?.deliverTo(this.objects);
    recordBucket?.grantRead(this.sftp);
    if (settings.scheduledReports && hasConnect(foundation.config)) instances.forEach((instance) => this.storeScheduledReports(records, instance, foundation));
    this.addMonitoring(foundation);
  }

  private addMonitoring({ alarms, dashboard }: Foundation): void {
    const rejected = this.sftp.count('RecordsRejected');
    alarms.add(this, 'ctr-sftp-rejected', {
      metric: rejected,
      threshold: 1,
      meaning: `Contact records could not be converted to CSV rows; they are in the records bucket under ${PREFIX.rejected}.`,
      runbook: 'records-rejected',
    });
    dashboard.addRow('Workforce history', [
      this.objects.graph(), this.sftp.graph(), { title: 'rows', left: [this.sftp.count('RowsDelivered'), rejected] },
    ]);
  }

  private permit({ bucket }: Records, { sftpSecretArn }: WorkforceProps['settings']): void {
    const folder = 'Objects of one folder of the bucket: their names are not known before';
    this.sftp.allow(['s3:GetObject'], [bucket.arnForObjects(`${PREFIX.records}*`), bucket.arnForObjects(`${PREFIX.reports}*`)], folder);
    this.sftp.allow(['s3:PutObject'], [bucket.arnForObjects(`${PREFIX.rejected}*`)], folder);
    this.sftp.grantKeyUse();
    this.sftp.grantSecretRead(sftpSecretArn);
  }

  /**
   * S3 notifies the queue of new objects. The bucket's own property does it, not CDK's helper, which would deploy a function that may
   * change the notifications of every bucket. S3 tries the queue while the bucket is made, so the queue's policy must be there before
   * and cannot name the bucket: it names the account.
   */
  private notify({ bucket }: Records, foundation: Foundation): void {
    const { queue } = this.objects;
    queue.addToResourcePolicy(new PolicyStatement({
      principals: [new ServicePrincipal('s3.amazonaws.com')],
      actions: ['sqs:SendMessage'],
      resources: [queue.queueArn],
      conditions: { StringEquals: { 'aws:SourceAccount': Stack.of(this).account } },
    }));
    foundation.permitService('s3.amazonaws.com');
    const resource = bucket.node.defaultChild as CfnBucket;
    resource.notificationConfiguration = {
      queueConfigurations: [PREFIX.records, PREFIX.reports].map((prefix) => ({
        event: 's3:ObjectCreated:*',
        queue: queue.queueArn,
        filter: { s3Key: { rules: [{ name: 'prefix', value: prefix }] } },
      })),
    };
    resource.addResourceDependency(queue.node.findChild('Policy').node.defaultChild as CfnQueuePolicy);
  }

  private storeScheduledReports({ bucket }: Records, instance: Instance, { key }: Foundation): void {
    permitConnect(this, key);
    new CfnInstanceStorageConfig(instance.within(this), `Reports${instance.suffix}`, {
      instanceArn: instance.arn,
      resourceType: 'SCHEDULED_REPORTS',
      storageType: 'S3',
      s3Config: {
        bucketName: bucket.bucketName,
        // Reports of two instances may have one name.
        bucketPrefix: `${PREFIX.reports}${instance.suffix.slice(1)}`.replace(/\/$/, ''),
        encryptionConfig: { encryptionType: 'KMS', keyId: key.keyArn },
      },
    });
  }
}
