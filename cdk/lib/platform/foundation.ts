/** What every capability uses: settings, the key, the access log, alarms and the dashboard. */
import { Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Key } from 'aws-cdk-lib/aws-kms';
import { BlockPublicAccess, Bucket, BucketEncryption } from 'aws-cdk-lib/aws-s3';
import type { Queue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { Alarms } from './alarms.ts';
import type { Config } from '../config.ts';
import { Dashboard } from './dashboard.ts';
import { enforceSsl } from './emulator.ts';
import { deadLetterQueue } from './queue-with-dlq.ts';

export class Foundation extends Construct {
  readonly config: Config;
  /** Begins the names of what a person looks for: `switchboard-dev`, or `switchboard-dev-NAME`. */
  readonly prefix: string;
  /** Encrypts customer data at rest. Retained, since without it what is retained could not be read. */
  readonly key: Key;
  readonly alarms: Alarms;
  readonly dashboard: Dashboard;
  private accessLogBucket: Bucket | undefined;
  private missedCallQueue: Queue | undefined;

  constructor(scope: Construct, id: string, config: Config) {
    super(scope, id);
    this.config = config;
    this.prefix = ['switchboard', config.environment.toLowerCase(), ...(config.name ? [config.name] : [])].join('-');
    this.key = new Key(this, 'DataKey', {
      description: `Customer data of ${Stack.of(this).stackName}`,
      enableKeyRotation: true,
      removalPolicy: RemovalPolicy.RETAIN,
    });
    this.alarms = new Alarms(this, 'Alarms', { config, prefix: this.prefix });
    this.dashboard = new Dashboard(this, 'Dashboard', { name: this.prefix, alarms: this.alarms.all });
  }

  /** The access logs of the buckets; created for the first of them. */
  get accessLog(): Bucket {
    return this.accessLogBucket ??= new Bucket(this, 'AccessLog', {
      // Server access logs can be delivered to buckets with S3's own keys only.
      encryption: BucketEncryption.S3_MANAGED,
      blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
      enforceSSL: enforceSsl(this.config),
      lifecycleRules: [{ expiration: Duration.days(90) }],
      removalPolicy: RemovalPolicy.RETAIN,
    });
  }

  /** Calls that Scheduler could not make; created for the first schedule. */
  get missedCalls(): Queue {
    return this.missedCallQueue ??= deadLetterQueue(this, 'MissedCalls', { foundation: this, name: 'schedules' });
  }

  /** The name of a role that others must know before it is made. Roles belong to no region, so the name has it. */
  roleName(name: string): string {
    return `${this.prefix}-${name}-${this.config.region}`;
  }

  /** Allows a service to send messages to encrypted queues, for this account's resources only. */
  permitService(name: string): void {
    this.key.addToResourcePolicy(new PolicyStatement({
      principals: [new ServicePrincipal(name)],
      actions: ['kms:GenerateDataKey', 'kms:Decrypt'],
      resources: ['*'],
      conditions: { StringEquals: { 'aws:SourceAccount': Stack.of(this).account } },
    }));
  }
}
