/**
 * Where the metric tables are: Aurora PostgreSQL in subnets without a way out, used over the Data API, and by QuickSight if it is on; or a database
 * of a cluster that is there.
 */
import { CfnOutput, Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import type { IMetric } from 'aws-cdk-lib/aws-cloudwatch';
import { IpAddresses, SecurityGroup, SubnetType, Vpc } from 'aws-cdk-lib/aws-ec2';
import { AuroraPostgresEngineVersion, ClusterInstance, Credentials, DatabaseCluster, DatabaseClusterEngine } from 'aws-cdk-lib/aws-rds';
import { Secret } from 'aws-cdk-lib/aws-secretsmanager';
import { Construct } from 'constructs';
import type { Config } from '../config.ts';
import { suppressNag } from '../platform/suppress-nag.ts';
import { hasAurora } from '../platform/emulator.ts';
import type { Foundation } from '../platform/foundation.ts';
import type { ServiceFunction } from '../platform/service-function.ts';

const NAME = 'switchboard';
/** Aurora PostgreSQL's default. The cluster has it too, but as a text. */
const PORT = 5432;

/** The logins of the database, and whether each may use transactions of the Data API. */
const LOGINS = {
  /** Makes tables and logins, while deploying and at no other time. */
  owner: { transactions: true },
  /** Reads and writes rows. */
  poller: { transactions: true },
  /** Reads rows. */
  check: { transactions: false },
  /** Reads and writes the rows of the record tables. */
  records: { transactions: true },
  /** Reads the record tables, but for what is personal, and of the metric tables what is of queues. */
  board: { transactions: false },
};

/** A login. The migration creates all but the owner, with the passwords in their secrets. */
export type Login = keyof typeof LOGINS;

type Settings = NonNullable<Config['metrics']>;
type ExistingDatabase = Exclude<Settings['database'], string>;

export class Database extends Construct {
  private readonly clusterArn: string;
  private readonly secrets: Record<Login, string>;
  private readonly cluster: DatabaseCluster | undefined;
  /** The database within its cluster. */
  private readonly name: string;
  private readonly existing: ExistingDatabase | undefined;

  constructor(scope: Construct, id: string, { foundation, settings: { database, maxCapacity } }: { foundation: Foundation; settings: Settings }) {
    super(scope, id);
    this.existing = typeof database === 'object' ? database : undefined;
    this.name = this.existing?.name ?? NAME;
    if (hasAurora(foundation.config)) {
      this.cluster = this.existing ? undefined : this.create(foundation, maxCapacity);
      this.clusterArn = this.existing?.clusterArn ?? this.cluster!.clusterArn;
      const { records, board } = foundation.config;
      const login = (name: Login, isUsed = true) => isUsed ? this.login(foundation, name) : '';
      this.secrets = {
        owner: this.existing?.ownerSecretArn ?? managedSecret(this.cluster!),
        poller: login('poller'),
        check: login('check'),
        records: login('records', Boolean(records)),
        board: login('board', Boolean(board)),
      };
    } else {
      // The stand-in for the Data API accepts any.
      this.clusterArn = Stack.of(this).formatArn({ service: 'rds', resource: 'cluster:switchboard' });
      const any = Stack.of(this).formatArn({ service: 'secretsmanager', resource: 'secret:switchboard-AbCdEf' });
      this.secrets = { owner: any, poller: any, check: any, records: any, board: any };
    }
    new CfnOutput(this, 'Url', { value: this.url('poller'), description: 'The URL of the database: METRICS_DB for the program `switchboard`' });
    new CfnOutput(this, 'OwnerSecret', { value: this.secrets.owner, description: 'The secret of the database\'s owner' });
  }

  /** The database's URL for a login: the setting `METRICS_DB` of a function. */
  url(login: Login): string {
    return `rds-data://${this.name}?cluster=${this.clusterArn}&secret=${this.secrets[login]}`;
  }

  /** Allows a function to sign in with a login. */
  grantSignIn(reader: ServiceFunction, login: Login): void {
    reader.allow(['rds-data:ExecuteStatement'], [this.clusterArn]);
    if (LOGINS[login].transactions) {
      reader.allow(['rds-data:BeginTransaction', 'rds-data:CommitTransaction', 'rds-data:RollbackTransaction'], [this.clusterArn]);
    }
    if (this.existing && login === 'owner') {
      reader.grantSecretRead(this.secrets.owner);
      return;
    }
    reader.allow(['secretsmanager:GetSecretValue'], [this.secrets[login]]);
    // The secret is encrypted with it.
    reader.grantDecrypt();
  }

  /** The settings by which a migration, which signs in as the owner, creates other logins. */
  loginSettings(migrate: ServiceFunction, logins: Record<string, Login>): Record<string, string> {
    if (!this.cluster && !this.existing) return {};
    const secrets = Object.entries(logins).map(([setting, login]): [string, string] => [setting, this.secrets[login]]);
    migrate.allow(['secretsmanager:GetSecretValue'], secrets.map(([, secret]) => secret));
    return Object.fromEntries(secrets.map(([setting, secret]) => [setting, `secretsmanager://${secret}`]));
  }

  /** The secret of a login, with a password that nobody has seen. SQL takes letters and digits as they are. */
  private login({ key, prefix }: Foundation, login: Login): string {
    // Logins are the cluster's, and others may be in one that was there.
    const owner = this.existing ? prefix.replaceAll('-', '_') : NAME;
    const secret = new Secret(this, `${login}Login`, {
      description: `The metrics database: the login ${login}`,
      encryptionKey: key,
      generateSecretString: {
        secretStringTemplate: JSON.stringify({ username: `${owner}_${login}` }), generateStringKey: 'password', passwordLength: 40,
        excludePunctuation: true,
      },
    });
    suppressNag(secret, 'A new password is set in the database by the migration, which is called after a change', 'AwsSolutions-SMG4');
    return secret.secretArn;
  }

  /** Its network address, for what cannot use the Data API. Its security group admits nobody until a rule is added. */
  network() {
    if (!this.cluster) throw new Error('only a database that was made is connected to by its network');
    const { clusterEndpoint: { hostname }, connections, vpc } = this.cluster;
    return { host: hostname, port: PORT, name: NAME, vpc, connections, subnets: vpc.isolatedSubnets };
  }

  /** The percentage of its maximum capacity in use. */
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
    suppressNag(vpc, 'Only the database is in it, and no packet comes in from outside or goes out', 'AwsSolutions-VPC7');
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
    suppressNag(cluster, 'When the stack is destroyed it leaves a last snapshot, from which it can be made again', 'AwsSolutions-RDS10');
    suppressNag(cluster, 'Nobody connects to its port but QuickSight, if that is on: it is used over the Data API', 'AwsSolutions-RDS11');
    return cluster;
  }
}

function managedSecret({ secret }: DatabaseCluster): string {
  if (!secret) throw new Error('RDS manages the secret of a cluster, but there is none');
  return secret.secretArn;
}
