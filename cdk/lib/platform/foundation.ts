/** What every capability uses: settings, the key, the access log, alarms and the dashboard. */
import { Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { type IKey, Key } from 'aws-cdk-lib/aws-kms';
import { BlockPublicAccess, Bucket, BucketEncryption } from 'aws-cdk-lib/aws-s3';
import type { Queue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { Alarms } from './alarms.ts';
import type { Config } from '../config.ts';
import { Dashboard } from './dashboard.ts';
import { enforceSsl } from './emulator.ts';
import { deadLetterQueue } from './queue-with-dlq.ts';
import { Requirements } from './requirements.ts';

export class Foundation extends Construct {
  readonly config: Config;
  /** Begins the names of what a person looks for: `switchboard-dev`, or `switchboard-dev-NAME`. */
  readonly prefix: string;
  /** Encrypts customer data at rest. Retained, since without it what is retained could not be read; or a key that is there. */
  readonly key: IKey;
  /** What things that were there before must allow. */
  readonly requirements = new Requirements();
  /** When the template is made; what is read of streams that were there before begins a day earlier. */
  readonly now: Date;
  readonly alarms: Alarms;
  readonly dashboard: Dashboard;
  /** Every dead-letter queue of the deployment, by the name in it: `PREFIX-NAME-dlq`. */
  readonly deadLetterQueues = new Map<string, Queue>();
  private accessLogBucket: Bucket | undefined;
  private missedCallQueue: Queue | undefined;

  constructor(scope: Construct, id: string, { config, now }: { config: Config; now: Date }) {
    super(scope, id);
    this.config = config;
    this.now = now;
    this.prefix = ['switchboard', config.environment.toLowerCase(), ...(config.name ? [config.name] : [])].join('-');
    this.key = config.dataKeyArn ? this.existingKey(config.dataKeyArn) : new Key(this, 'DataKey', {
      description: `Customer data of ${Stack.of(this).stackName}`,
      enableKeyRotation: true,
      removalPolicy: RemovalPolicy.RETAIN,
    });
    this.alarms = new Alarms(this, 'Alarms', { config, prefix: this.prefix });
    this.dashboard = new Dashboard(this, 'Dashboard', { name: this.prefix, alarms: this.alarms.all });
  }

  /** A key that is there: its policy is its owner's, who is told what to add to it. */
  private existingKey(keyArn: string): IKey {
    const key = Key.fromKeyArn(this, 'DataKey', keyArn);
    const { account, partition } = Stack.of(this);
    const needs = 'its policy must hold';
    this.requirements.add({
      of: keyArn,
      needs,
      statement: {
        Sid: 'SwitchboardsRolesUseIt',
        Effect: 'Allow',
        Principal: { AWS: `arn:${partition}:iam::${account}:root` },
        Action: ['kms:Decrypt', 'kms:Encrypt', 'kms:ReEncrypt*', 'kms:GenerateDataKey*', 'kms:DescribeKey', 'kms:CreateGrant'],
        Resource: '*',
      },
    });
    key.addToResourcePolicy = (statement) => {
      this.requirements.add({ of: keyArn, needs, statement: Stack.of(this).resolve(statement.toStatementJson()) });
      return { statementAdded: true, policyDependable: key };
    };
    return key;
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
