/** The two data streams that Connect fills: contact records and agent events. */
import { CfnOutput, Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { Stats, TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch';
import { CfnInstanceStorageConfig } from 'aws-cdk-lib/aws-connect';
import { AnyPrincipal, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { Stream, StreamEncryption, StreamMode } from 'aws-cdk-lib/aws-kinesis';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { Construct } from 'constructs';
import { acknowledge } from './acknowledge.ts';
import { hasConnect } from './emulator.ts';
import type { Foundation } from './foundation.ts';
import type { Instance } from './instance.ts';

/** What a stream carries, as Connect names it. */
export type Content = 'CONTACT_TRACE_RECORDS' | 'AGENT_EVENTS';

/**
 * How many agents one shard serves. Agent events: AWS's figure. Contact records: a shard takes 1 MB a second, and an agent who ends 20
 * contacts an hour of 32 KB each, the most there can be in attributes, makes 180 bytes a second.
 */
const AGENTS_PER_SHARD: Record<Content, number> = { AGENT_EVENTS: 500, CONTACT_TRACE_RECORDS: 5_000 };

export interface ConnectStreamProps {
  readonly foundation: Foundation;
  readonly instance: Instance;
  readonly content: Content;
}

/** A stream that the instance fills. An instance has one association of each kind; the one it has already must go first. */
export class ConnectStream extends Construct {
  readonly stream: Stream;

  constructor(scope: Construct, id: string, { foundation, instance, content }: ConnectStreamProps) {
    super(scope, id);
    const { config, key } = foundation;
    this.stream = new Stream(this, 'Stream', {
      streamMode: StreamMode.PROVISIONED,
      shardCount: Math.ceil(config.agents / AGENTS_PER_SHARD[content]),
      encryption: StreamEncryption.KMS,
      encryptionKey: key,
      // What it holds is a day old at most, and a stream that stays costs for every hour.
      removalPolicy: RemovalPolicy.DESTROY,
    });
    acknowledge(this.stream, 'The rule would save the cost of a key; customer data rests here, so the key is the deployment\'s own',
      'AwsSolutions-KDS3');
    new CfnOutput(this, 'Name', { value: this.stream.streamName });
    this.watch(foundation, content);
    if (hasConnect(config)) {
      new CfnInstanceStorageConfig(this, 'Association', {
        instanceArn: instance.arn,
        resourceType: content,
        storageType: 'KINESIS_STREAM',
        kinesisStreamConfig: { streamArn: this.stream.streamArn },
      });
    }
  }

  /** If KMS refuses Connect, or the association is gone, nothing comes, and Connect tells nobody. A Sunday without calls is no fault. */
  private watch({ alarms, prefix }: Foundation, content: Content): void {
    const name = content.toLowerCase().replaceAll('_', '-');
    alarms.add(this, `${name}-silent`, {
      metric: this.stream.metricIncomingRecords({ statistic: Stats.SUM, period: Duration.days(1) }),
      below: true,
      threshold: 1,
      periods: 2,
      meaning: `Amazon Connect has put nothing into the stream of ${name.replaceAll('-', ' ')} of ${prefix} for two days.`,
      runbook: 'nothing-arrives',
      missing: TreatMissingData.BREACHING,
    });
  }
}

/**
 * Lets Connect encrypt what it writes. Without this nothing arrives in the streams, and nobody is told. Connect writes as its
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
