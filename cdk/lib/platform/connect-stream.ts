/** The two data streams that Connect fills: contact records and agent events. */
import { CfnOutput, Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { Stats, TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch';
import { CfnInstanceStorageConfig } from 'aws-cdk-lib/aws-connect';
import { AnyPrincipal, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { type IStream, Stream, StreamEncryption, StreamMode } from 'aws-cdk-lib/aws-kinesis';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { Construct } from 'constructs';
import { suppressNag } from './suppress-nag.ts';
import { hasConnect, hasOnDemandStreams } from './emulator.ts';
import type { Foundation } from './foundation.ts';
import type { Instance } from './instance.ts';
import type { RecordStream } from './record-stream.ts';
import { noData } from './alarm-metrics.ts';

/** What a stream carries, as Connect names it. */
export type Content = 'CONTACT_TRACE_RECORDS' | 'AGENT_EVENTS';

export interface ConnectStreamProps {
  readonly foundation: Foundation;
  readonly instances: readonly Instance[];
  readonly content: Content;
}

/** A stream that the instance fills. An instance has one association of each kind: where it has one, its stream is named instead. */
export class ConnectStream extends Construct implements RecordStream {
  readonly stream: Stream;
  readonly reading = 'whole';
  readonly keyArn = undefined;

  constructor(scope: Construct, id: string, { foundation, instances, content }: ConnectStreamProps) {
    super(scope, id);
    const { config, key } = foundation;
    this.stream = new Stream(this, 'Stream', {
      // On demand, Kinesis scales the shards; an update may only double their number, so a fixed number would fail for a centre that grows.
      ...(hasOnDemandStreams(config) ? { streamMode: StreamMode.ON_DEMAND } : { streamMode: StreamMode.PROVISIONED, shardCount: 1 }),
      retentionPeriod: Duration.hours(config.streamRetentionHours),
      encryption: StreamEncryption.KMS,
      encryptionKey: key,
      // Unread records exist nowhere else.
      removalPolicy: RemovalPolicy.RETAIN,
    });
    suppressNag(this.stream, 'The rule would save the cost of a key; customer data rests here, so the key is the deployment\'s own',
      'AwsSolutions-KDS3');
    new CfnOutput(this, 'Name', { value: this.stream.streamName });
    permitConnect(this, key);
    addStreamAlarms(this, { foundation, name: content.toLowerCase().replaceAll('_', '-'), stream: this.stream });
    if (!hasConnect(config)) return;
    for (const instance of instances) {
      new CfnInstanceStorageConfig(instance.within(this), `Association${instance.suffix}`, {
        instanceArn: instance.arn,
        resourceType: content,
        storageType: 'KINESIS_STREAM',
        kinesisStreamConfig: { streamArn: this.stream.streamArn },
      });
    }
  }
}

/** Adds alarms on silence: if KMS denies Connect or the association is deleted, nothing arrives and Connect reports no error. */
export function addStreamAlarms(scope: Construct, { foundation, name, stream }: { foundation: Foundation; name: string; stream: IStream }): void {
  const { alarms, config, prefix } = foundation;
  const label = name.replaceAll('-', ' ');
  alarms.add(scope, `${name}-silent`, {
    ...noData(config, stream.metricIncomingRecords({ statistic: Stats.SUM })),
    meaning: `Amazon Connect wrote nothing to the stream of ${label} of ${prefix} on two workdays.`,
    runbook: 'nothing-arrives',
    missing: TreatMissingData.BREACHING,
  });
  alarms.add(scope, `${name}-full`, {
    metric: stream.metricWriteProvisionedThroughputExceeded({ statistic: Stats.SUM }),
    threshold: 1,
    periods: 3,
    meaning: `The stream of ${label} of ${prefix} has throttled records for 15 minutes: they arrive faster than its limit.`,
    runbook: 'stream-full',
  });
}

/**
 * Allows Connect to encrypt what it writes. Without this nothing arrives in the streams, and no error is reported. Connect writes as its
 * service-linked role, whose name ends in random letters, so it is recognised by the name's beginning.
 */
export function permitConnect(scope: Construct, key: IKey): void {
  const { partition, account, region } = Stack.of(scope);
  key.addToResourcePolicy(new PolicyStatement({
    sid: 'ConnectEncryptsItsData',
    principals: [new AnyPrincipal()],
    actions: ['kms:GenerateDataKey', 'kms:Decrypt'],
    resources: ['*'],
    conditions: {
      StringEquals: { 'kms:CallerAccount': account, 'kms:ViaService': [`kinesis.${region}.amazonaws.com`, `s3.${region}.amazonaws.com`] },
      ArnLike: {
        'aws:PrincipalArn': `arn:${partition}:iam::${account}:role/aws-service-role/connect.amazonaws.com/AWSServiceRoleForAmazonConnect*`,
      },
    },
  }));
}
