/** Where the metric tables are: Aurora PostgreSQL in subnets without a way out, used over the Data API, and by QuickSight if it is on. */
import { CfnOutput, Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import type { IMetric } from 'aws-cdk-lib/aws-cloudwatch';
import { IpAddresses, SecurityGroup, SubnetType, Vpc } from 'aws-cdk-lib/aws-ec2';
import { AuroraPostgresEngineVersion, ClusterInstance, Credentials, DatabaseCluster, DatabaseClusterEngine } from 'aws-cdk-lib/aws-rds';
import { Construct } from 'constructs';
import { acknowledge } from './acknowledge.ts';
import { hasAurora } from './emulator.ts';
import type { Foundation } from './foundation.ts';
import type { ServiceFunction } from './service-function.ts';

const NAME = 'switchboard';
/** Aurora PostgreSQL's own. The cluster tells it too, but as a text. */
const PORT = 5432;

export class Database extends Construct {
  /** The setting `METRICS_DB` of the functions that use it. */
  readonly selector: string;
  private readonly clusterArn: string;
  private readonly secretArn: string;
  private readonly cluster: DatabaseCluster | undefined;

  constructor(scope: Construct, id: string, { foundation, maxCapacity }: { foundation: Foundation; maxCapacity: number }) {
    super(scope, id);
    if (hasAurora(foundation.config)) {
      this.cluster = this.create(foundation, maxCapacity);
      this.clusterArn = this.cluster.clusterArn;
      this.secretArn = managedSecret(this.cluster);
    } else {
      // The stand-in for the Data API takes any.
      this.clusterArn = Stack.of(this).formatArn({ service: 'rds', resource: 'cluster:switchboard' });
      this.secretArn = Stack.of(this).formatArn({ service: 'secretsmanager', resource: 'secret:switchboard-AbCdEf' });
    }
    this.selector = `rds-data://${NAME}?cluster=${this.clusterArn}&secret=${this.secretArn}`;
    new CfnOutput(this, 'Selector', { value: this.selector, description: 'METRICS_DB for the program `switchboard`' });
  }

  /** Lets a function run single statements. */
  letRead(reader: ServiceFunction): void {
    reader.may(['rds-data:ExecuteStatement'], [this.clusterArn]);
    reader.may(['secretsmanager:GetSecretValue'], [this.secretArn]);
    // The secret is encrypted with it.
    reader.mayDecrypt();
  }

  /** Lets a function run transactions, too. */
  letWrite(writer: ServiceFunction): void {
    this.letRead(writer);
    writer.may(['rds-data:BeginTransaction', 'rds-data:CommitTransaction', 'rds-data:RollbackTransaction'], [this.clusterArn]);
  }

  /** The way to it for what cannot use the Data API. It admits nobody until it is told to. */
  network() {
    if (!this.cluster) throw new Error('the emulator has no database to connect to');
    const { clusterEndpoint: { hostname }, connections, vpc } = this.cluster;
    return { host: hostname, port: PORT, name: NAME, vpc, connections, subnets: vpc.isolatedSubnets };
  }

  /** How much of its greatest capacity it uses, in per cent. */
  metricUtilization(): IMetric[] {
    return this.cluster ? [this.cluster.metricACUUtilization()] : [];
  }

  private create({ key }: Foundation, maxCapacity: number): DatabaseCluster {
    const vpc = new Vpc(this, 'Network', {
      ipAddresses: IpAddresses.cidr('10.77.0.0/24'),
      maxAzs: 2,
      natGateways: 0,
      subnetConfiguration: [{ name: 'Database', subnetType: SubnetType.PRIVATE_ISOLATED, cidrMask: 26 }],
      // CDK would empty the default security group by a function of its own, and nothing is in the group anyway.
      restrictDefaultSecurityGroup: false,
    });
    acknowledge(vpc, 'Only the database is in it, and no packet comes in from outside or goes out', 'AwsSolutions-VPC7');
    const cluster = new DatabaseCluster(this, 'Cluster', {
      engine: DatabaseClusterEngine.auroraPostgres({ version: AuroraPostgresEngineVersion.VER_16_11 }),
      vpc,
      vpcSubnets: { subnetType: SubnetType.PRIVATE_ISOLATED },
      securityGroups: [new SecurityGroup(this, 'Closed', { vpc, description: 'Closed, but to those whom a rule names', allowAllOutbound: false })],
      writer: ClusterInstance.serverlessV2('Writer'),
      serverlessV2MinCapacity: 0,
      serverlessV2MaxCapacity: maxCapacity,
      serverlessV2AutoPauseDuration: Duration.minutes(5),
      defaultDatabaseName: NAME,
      enableDataApi: true,
      credentials: Credentials.fromUsername(NAME, { encryptionKey: key }),
      // RDS makes the password and changes it every week.
      manageMasterUserPassword: true,
      iamAuthentication: true,
      storageEncrypted: true,
      storageEncryptionKey: key,
      backup: { retention: Duration.days(7) },
      copyTagsToSnapshot: true,
      // A cluster that stays would keep its network, and what is destroyed would fail half-way.
      removalPolicy: RemovalPolicy.SNAPSHOT,
    });
    acknowledge(cluster, 'When the stack is destroyed it leaves a last snapshot, from which it can be made again', 'AwsSolutions-RDS10');
    acknowledge(cluster, 'Nobody connects to its port but QuickSight, if that is on: it is used over the Data API', 'AwsSolutions-RDS11');
    return cluster;
  }
}

function managedSecret({ secret }: DatabaseCluster): string {
  if (!secret) throw new Error('RDS manages the secret of a cluster, but there is none');
  return secret.secretArn;
}
