/** A bucket of the centre's own that contact records are written to. It is read; neither it nor its notifications are changed. */
import { Duration, Stack } from 'aws-cdk-lib';
import { Metric, Stats, TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch';
import { Rule } from 'aws-cdk-lib/aws-events';
import { SqsQueue } from 'aws-cdk-lib/aws-events-targets';
import { Construct } from 'constructs';
import { noData } from '../platform/alarm-metrics.ts';
import { DeploymentCall } from '../platform/deployment-call.ts';
import type { Foundation } from '../platform/foundation.ts';
import type { QueueWithDlq } from '../platform/queue-with-dlq.ts';
import { ServiceFunction } from '../platform/service-function.ts';
import type { ExistingBucket as Settings } from './settings.ts';

/** It asks S3 once, and again while its role is not known everywhere. */
const TIMEOUT = Duration.seconds(30);

export interface RecordBucketProps {
  readonly foundation: Foundation;
  readonly settings: Settings;
}

export class RecordBucket extends Construct {
  private readonly foundation: Foundation;
  private readonly settings: Settings;
  private readonly rule: Rule;
  private readonly check: ServiceFunction;

  constructor(scope: Construct, id: string, { foundation, settings }: RecordBucketProps) {
    super(scope, id);
    this.foundation = foundation;
    this.settings = settings;
    const { bucket, prefix, keyArn } = settings;
    this.rule = new Rule(this, 'Objects', {
      ruleName: `${foundation.prefix}-contact-record-objects`,
      eventPattern: {
        source: ['aws.s3'],
        detailType: ['Object Created'],
        detail: { bucket: { name: [bucket] }, ...(prefix && { object: { key: [{ prefix }] } }) },
      },
    });
    const { account, partition, region } = Stack.of(this);
    if (keyArn) foundation.requirements.addDecryption({ keyArn, service: 's3', account, partition, region });
    foundation.requirements.add({
      of: `arn:${partition}:s3:::${bucket}`,
      needs: 'it must notify EventBridge of new objects, or the deployment stops, as nothing of it would be read: add "EventBridgeConfiguration": {} to what '
        + `\`aws s3api get-bucket-notification-configuration --bucket ${bucket}\` prints, and put the whole back by `
        + '`put-bucket-notification-configuration`, which replaces all of it. If its policy denies reading by others, it must except the deployment\'s roles',
    });
    this.check = this.makeCheck();
    this.addAlarm();
  }

  /** Has the deployment stop before these are made, if the bucket notifies nobody. It is called with each new version of the check. */
  checkBefore(others: Construct[]): void {
    new DeploymentCall(this, 'CheckCall', {
      foundation: this.foundation, target: this.check, timeout: TIMEOUT.plus(Duration.seconds(10)), after: [], before: others,
    });
  }

  /** The bucket's owner may switch its notifications off, or point what fills it elsewhere, and nothing reports an error. */
  private addAlarm(): void {
    const { alarms, config } = this.foundation;
    const matched = new Metric({ namespace: 'AWS/Events', metricName: 'MatchedEvents', dimensionsMap: { RuleName: this.rule.ruleName }, statistic: Stats.SUM });
    alarms.add(this, 'contact-record-objects-silent', {
      ...noData(config, matched),
      meaning: `No object with contact records came into ${this.settings.bucket} on two workdays, or it notifies EventBridge no more.`,
      runbook: 'nothing-arrives',
      missing: TreatMissingData.BREACHING,
    });
  }

  /** The binary of contact-status does nothing else with this setting, and may do nothing else. */
  private makeCheck(): ServiceFunction {
    const { foundation, settings: { bucket } } = this;
    const check = new ServiceFunction(this, 'Check', {
      foundation,
      binary: 'contact-status',
      name: 'record-bucket-check',
      description: 'Fails a deployment if the bucket of contact records does not notify EventBridge',
      timeout: TIMEOUT,
      environment: { RECORD_BUCKET: bucket },
    });
    check.allow(['s3:GetBucketNotification'], [`arn:${Stack.of(this).partition}:s3:::${bucket}`]);
    return check;
  }

  /** Has a notification of each new object put into a queue. A rule has five targets at most. */
  deliverTo({ queue, deadLetters }: QueueWithDlq): void {
    this.rule.addTarget(new SqsQueue(queue, { deadLetterQueue: deadLetters }));
  }

  /** Lets a function read the objects. */
  grantRead(reader: ServiceFunction): void {
    const { bucket, prefix, keyArn } = this.settings;
    reader.allow(['s3:GetObject'], [`arn:${Stack.of(this).partition}:s3:::${bucket}/${prefix}*`], 'Objects of one folder of a bucket: their names are not known before');
    if (keyArn) reader.allow(['kms:Decrypt'], [keyArn]);
  }
}
