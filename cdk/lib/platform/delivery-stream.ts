/** A Firehose delivery stream, with a role of its own. */
import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import { Metric, Stats } from 'aws-cdk-lib/aws-cloudwatch';
import { PolicyStatement, type Role } from 'aws-cdk-lib/aws-iam';
import { CfnDeliveryStream, type CfnDeliveryStreamProps } from 'aws-cdk-lib/aws-kinesisfirehose';
import { LogGroup, LogStream } from 'aws-cdk-lib/aws-logs';
import type { Bucket } from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';
import { suppressNag, suppressNagWildcards } from './suppress-nag.ts';
import type { Graph } from './dashboard.ts';
import { hasMetricMath } from './emulator.ts';
import type { Foundation } from './foundation.ts';
import { readerStopped } from './alarm-metrics.ts';
import type { ServiceFunction } from './service-function.ts';
import type { RecordStream } from './record-stream.ts';
import { serviceRole } from './service-role.ts';

/** Firehose's buffering interval for one object or one bulk request. */
const BUFFER_SECONDS = 60;
/** Firehose's largest batch for a function, in MB: in base64 it is 4 MB of the 6 that Lambda takes each way, and leaves room for names. */
const FUNCTION_BATCH_MB = 3;
/** The age at which undelivered records are late; Firehose buffers for a minute. */
const LATE = Duration.minutes(15);

export interface DeliveryStreamProps {
  readonly foundation: Foundation;
  /** Names the delivery stream `PREFIX-NAME` and its alarm. */
  readonly name: string;
  /** The data stream that it reads; without it, records are put to it. */
  readonly source?: RecordStream;
  readonly bucket: Bucket;
  /** Folder of the bucket for what is delivered; may hold Firehose's expressions of time. */
  readonly folder: string;
  /** The name of its role; without it CDK makes one. */
  readonly roleName?: string;
}

/** Where a search index is, for a delivery stream. */
export interface SearchIndex {
  readonly domainArn: string;
  readonly name: string;
}

export class DeliveryStream extends Construct {
  /** Firehose acts as this role. */
  readonly role: Role;
  private readonly props: DeliveryStreamProps;
  private readonly logGroup: LogGroup;
  private readonly name: string;

  constructor(scope: Construct, id: string, props: DeliveryStreamProps) {
    super(scope, id);
    this.props = props;
    const { foundation, source, bucket, roleName } = props;
    this.name = `${foundation.prefix}-${props.name}`;
    this.role = serviceRole(this, 'Role', 'firehose.amazonaws.com', roleName);
    this.logGroup = new LogGroup(this, 'Log', { retention: foundation.config.logRetentionDays, removalPolicy: RemovalPolicy.DESTROY });
    this.logGroup.grantWrite(this.role);
    if (source) {
      this.allow(['kinesis:DescribeStream', 'kinesis:GetShardIterator', 'kinesis:GetRecords', 'kinesis:ListShards'], [source.stream.streamArn]);
      if (source.keyArn) this.allow(['kms:Decrypt'], [source.keyArn]);
    }
    this.allow(['kms:Decrypt', 'kms:GenerateDataKey'], [foundation.key.keyArn]);
    this.allow(['s3:GetBucketLocation', 's3:ListBucket', 's3:ListBucketMultipartUploads'], [bucket.bucketArn]);
    const folders = [`${literal(props.folder)}*`, `${this.failures()}*`];
    this.allow(['s3:PutObject', 's3:GetObject', 's3:AbortMultipartUpload'], folders.map((folder) => bucket.arnForObjects(folder)),
      'Objects of a folder of the bucket: their names are not known before');
  }

  /** Allows the delivery stream exact actions on exact resources. A `*` in a resource needs a reason. */
  allow(actions: string[], resources: string[], wildcardReason?: string): void {
    this.role.addToPolicy(new PolicyStatement({ actions, resources }));
    if (wildcardReason) suppressNagWildcards(this.role, wildcardReason, resources);
  }

  /** Delivers to the bucket: lines of a function's answers, or the records as they came with a line end after each. Returns its ARN. */
  toBucket(transformation?: ServiceFunction): string {
    const { attrArn } = this.create({
      extendedS3DestinationConfiguration: {
        ...this.bucketDestination(),
        bufferingHints: { intervalInSeconds: BUFFER_SECONDS, sizeInMBs: 64 },
        cloudWatchLoggingOptions: this.logged('S3'),
        processingConfiguration: transformation ? this.transform(transformation) : LINES,
      },
    });
    this.addAlarms('S3');
    return attrArn;
  }

  /** Delivers to a search index, and rejected documents to the bucket. Returns the delivery stream. */
  toSearch({ domainArn, name }: SearchIndex, transformation: ServiceFunction): CfnDeliveryStream {
    this.allow(['es:DescribeDomain', 'es:DescribeDomains', 'es:DescribeDomainConfig'], [domainArn]);
    this.allow(['es:ESHttpPost', 'es:ESHttpPut', 'es:ESHttpGet'], [domainArn, `${domainArn}/*`],
      'Firehose asks the domain for its state and writes in bulk: many paths of the one domain');
    const resource = this.create({
      amazonopensearchserviceDestinationConfiguration: {
        domainArn,
        indexName: name,
        // One index, not one a day: a record that Connect delivers again must meet the copy that it replaces.
        indexRotationPeriod: 'NoRotation',
        // The index's ingest pipeline takes the contact's id.
        documentIdOptions: { defaultDocumentIdFormat: 'NO_DOCUMENT_ID' },
        roleArn: this.role.roleArn,
        bufferingHints: { intervalInSeconds: BUFFER_SECONDS, sizeInMBs: 5 },
        retryOptions: { durationInSeconds: 3600 },
        cloudWatchLoggingOptions: this.logged('Search'),
        processingConfiguration: this.transform(transformation),
        // The raw records are all in the bucket already.
        s3BackupMode: 'FailedDocumentsOnly',
        s3Configuration: { ...this.bucketDestination(), cloudWatchLoggingOptions: this.logged('Backup') },
      },
    });
    this.addAlarms('AmazonOpenSearchService');
    // An older copy of a contact is rejected rightly (search/README.md) and retried for an hour, so that it counts in two periods.
    this.props.foundation.alarms.add(this, `${this.props.name}-rejected`, {
      metric: this.metric('DeliveryToAmazonOpenSearchService.Success', Stats.AVERAGE, Duration.hours(1)),
      below: true,
      threshold: 1,
      periods: 3,
      meaning: `The search index rejected documents of the delivery stream ${this.name} in each of three hours.`,
      runbook: 'search-rejected',
    });
    return resource;
  }

  /** Its graph for the capability's dashboard row. */
  graph(): Graph {
    const [late, arrived] = this.props.source
      ? ['KinesisMillisBehindLatest', 'DataReadFromKinesisStream.Records']
      : ['DeliveryToS3.DataFreshness', 'IncomingRecords'];
    return {
      title: `${this.props.name}: delivery`,
      left: [this.metric(late, Stats.MAXIMUM)],
      right: [this.metric(arrived, Stats.SUM)],
    };
  }

  private create(destination: Partial<ConstructorParameters<typeof CfnDeliveryStream>[2]>): CfnDeliveryStream {
    const resource = new CfnDeliveryStream(this, 'Resource', { deliveryStreamName: this.name, ...this.origin(), ...destination });
    if (this.props.source) {
      suppressNag(resource, 'It reads a data stream, which is encrypted; Firehose then takes no key of its own', 'AwsSolutions-KDF1');
    }
    // Firehose checks its permissions when it is created.
    resource.node.addDependency(this.role);
    return resource;
  }

  private origin(): Omit<CfnDeliveryStreamProps, 'deliveryStreamName'> {
    const { foundation, source } = this.props;
    if (source) {
      return {
        deliveryStreamType: 'KinesisStreamAsSource',
        kinesisStreamSourceConfiguration: { kinesisStreamArn: source.stream.streamArn, roleArn: this.role.roleArn },
      };
    }
    return {
      deliveryStreamType: 'DirectPut',
      deliveryStreamEncryptionConfigurationInput: { keyType: 'CUSTOMER_MANAGED_CMK', keyArn: foundation.key.keyArn },
    };
  }

  /** The folder for what could not be delivered; Firehose adds the kind of failure, as in `processing-failed`. */
  private failures(): string {
    return `failed/${this.props.name}/`;
  }

  private bucketDestination() {
    const { bucket, folder, foundation } = this.props;
    return {
      bucketArn: bucket.bucketArn,
      roleArn: this.role.roleArn,
      prefix: folder,
      errorOutputPrefix: `${this.failures()}!{firehose:error-output-type}/!{timestamp:yyyy-MM-dd}/`,
      compressionFormat: 'GZIP',
      encryptionConfiguration: { kmsEncryptionConfig: { awskmsKeyArn: foundation.key.keyArn } },
    };
  }

  private transform({ function: lambda }: ServiceFunction): CfnDeliveryStream.ProcessingConfigurationProperty {
    this.allow(['lambda:InvokeFunction', 'lambda:GetFunctionConfiguration'], [lambda.functionArn, `${lambda.functionArn}:$LATEST`]);
    const parameters = {
      LambdaArn: lambda.functionArn,
      BufferSizeInMBs: String(FUNCTION_BATCH_MB),
      BufferIntervalInSeconds: String(BUFFER_SECONDS),
      NumberOfRetries: '3',
    };
    return {
      enabled: true,
      processors: [{
        type: 'Lambda',
        parameters: Object.entries(parameters).map(([parameterName, parameterValue]) => ({ parameterName, parameterValue })),
      }],
    };
  }

  private logged(name: string): CfnDeliveryStream.CloudWatchLoggingOptionsProperty {
    const stream = new LogStream(this, `${name}Log`, { logGroup: this.logGroup, removalPolicy: RemovalPolicy.DESTROY });
    return { enabled: true, logGroupName: this.logGroup.logGroupName, logStreamName: stream.logStreamName };
  }

  private addAlarms(destination: 'S3' | 'AmazonOpenSearchService'): void {
    const { foundation: { alarms }, name } = this.props;
    alarms.add(this, `${name}-late`, {
      metric: this.metric(`DeliveryTo${destination}.DataFreshness`, Stats.MAXIMUM),
      threshold: LATE.toSeconds(),
      periods: 2,
      meaning: `The delivery stream ${this.name} has undelivered records that are ${LATE.toHumanString()} old.`,
      runbook: 'delivery-late',
    });
    const { source, foundation: { config } } = this.props;
    if (!source) {
      alarms.add(this, `${name}-throttled`, {
        metric: this.metric('ThrottledRecords', Stats.SUM),
        threshold: 1,
        periods: 3,
        meaning: `The delivery stream ${this.name} has throttled records for 15 minutes: they arrive faster than its limit.`,
        runbook: 'stream-full',
      });
      return;
    }
    if (hasMetricMath(config)) {
      alarms.add(this, `${name}-stopped`, {
        ...readerStopped(source.stream.metricIncomingRecords({ statistic: Stats.SUM }), this.metric('DataReadFromKinesisStream.Records', Stats.SUM)),
        meaning: `Contact records arrive, but the delivery stream ${this.name} has read none for 45 minutes.`,
        runbook: 'reader-stopped',
      });
    }
    alarms.add(this, `${name}-behind`, {
      metric: this.metric('KinesisMillisBehindLatest', Stats.MAXIMUM),
      threshold: LATE.toMilliseconds(),
      periods: 2,
      meaning: `The delivery stream ${this.name} reads contact records ${LATE.toHumanString()} after they arrived.`,
      runbook: 'iterator-age',
    });
  }

  private metric(metricName: string, statistic: string, period = Duration.minutes(5)): Metric {
    return new Metric({ namespace: 'AWS/Firehose', metricName, statistic, period, dimensionsMap: { DeliveryStreamName: this.name } });
  }
}

/** Records have no line end, and Firehose adds none unless it is configured to. */
const LINES: CfnDeliveryStream.ProcessingConfigurationProperty = {
  enabled: true,
  processors: [{ type: 'AppendDelimiterToRecord' }],
};

/** The part of a prefix before its first expression. */
function literal(prefix: string): string {
  return prefix.split('!{')[0] ?? prefix;
}
