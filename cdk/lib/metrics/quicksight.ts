/** Views in QuickSight: a way into the database's network, a data source, and a data set for each view. */
import { Stack } from 'aws-cdk-lib';
import { Peer, Port, SecurityGroup } from 'aws-cdk-lib/aws-ec2';
import { Policy, PolicyStatement, Role } from 'aws-cdk-lib/aws-iam';
import { CfnDataSet, CfnDataSource, CfnVPCConnection } from 'aws-cdk-lib/aws-quicksight';
import { Construct } from 'constructs';
import { suppressNagWildcards } from '../platform/suppress-nag.ts';
import type { Config } from '../config.ts';
import type { Database } from './database.ts';
import type { Foundation } from '../platform/foundation.ts';
import type { DataSet } from './quicksight-datasets.ts';
import { ofThisAccount } from '../platform/service-role.ts';

/** What a person needs to make analyses of a data source or set, and not to change it. */
const USE_SOURCE = ['quicksight:DescribeDataSource', 'quicksight:DescribeDataSourcePermissions', 'quicksight:PassDataSource'];
const USE_SET = [
  'quicksight:DescribeDataSet', 'quicksight:DescribeDataSetPermissions', 'quicksight:PassDataSet', 'quicksight:DescribeIngestion',
  'quicksight:ListIngestions',
];

export interface QuickSightProps {
  readonly foundation: Foundation;
  readonly database: Database;
  readonly dataSets: readonly DataSet[];
  readonly settings: NonNullable<Config['quickSight']>;
}

/**
 * It signs in as a login of its own, which may read the views and nothing else. The cluster's own secret would do, too, but is its owner's:
 * whoever edits the data source could change and delete. A deployment cannot make the login, as no migration may know a password; so the
 * login is made by two statements and a secret, which README.md has, and the secret is named in the config as every other is.
 */
export class QuickSight extends Construct {
  private readonly props: QuickSightProps;

  constructor(scope: Construct, id: string, props: QuickSightProps) {
    super(scope, id);
    this.props = props;
    const source = this.addSource(this.connect());
    for (const dataSet of props.dataSets) this.addDataSet(dataSet, source);
  }

  private get accountId(): string {
    return Stack.of(this).account;
  }

  private permissions(actions: string[]) {
    return [{ principal: this.props.settings.principalArn, actions }];
  }

  /** Network interfaces of QuickSight's in the database's subnets, which the database admits. */
  private connect(): CfnVPCConnection {
    const { database, foundation: { prefix } } = this.props;
    const { vpc, subnets, connections, port } = database.network();
    const group = new SecurityGroup(this, 'Group', { vpc, description: 'QuickSight reads the metric views', allowAllOutbound: false });
    connections.allowFrom(Peer.securityGroupId(group.securityGroupId), Port.tcp(port), 'QuickSight');
    // The database is all there is in its network. A rule that names its group would be a resource of its own, and a group without rules
    // in it lets everything out.
    group.addEgressRule(Peer.ipv4(vpc.vpcCidrBlock), Port.tcp(port), 'The metrics database');
    const role = this.role(vpc.vpcArn, subnets.map(({ subnetId }) => subnetId), group.securityGroupId);
    const connection = new CfnVPCConnection(this, 'Connection', {
      awsAccountId: this.accountId,
      vpcConnectionId: `${prefix}-metrics`,
      name: `${prefix}-metrics`,
      roleArn: role.roleArn,
      subnetIds: subnets.map(({ subnetId }) => subnetId),
      securityGroupIds: [group.securityGroupId],
    });
    // QuickSight tries its rights while the connection is made.
    connection.node.addDependency(role);
    return connection;
  }

  private role(vpcArn: string, subnetIds: string[], groupId: string): Role {
    const role = new Role(this, 'Role', { assumedBy: ofThisAccount(this, 'quicksight.amazonaws.com') });
    const ec2 = (resource: string, resourceName: string) => Stack.of(this).formatArn({ service: 'ec2', resource, resourceName });
    const interfaces = ec2('network-interface', '*');
    const group = ec2('security-group', groupId);
    const policy = new Policy(role, 'JoinNetwork', {
      statements: [
        new PolicyStatement({
          actions: ['ec2:CreateNetworkInterface'], resources: [interfaces, group, ...subnetIds.map((subnet) => ec2('subnet', subnet))],
        }),
        new PolicyStatement({
          actions: ['ec2:ModifyNetworkInterfaceAttribute', 'ec2:DeleteNetworkInterface'],
          resources: [interfaces],
          conditions: { ArnEquals: { 'ec2:Vpc': vpcArn } },
        }),
        new PolicyStatement({ actions: ['ec2:ModifyNetworkInterfaceAttribute'], resources: [group] }),
        new PolicyStatement({ actions: ['ec2:DescribeSubnets', 'ec2:DescribeSecurityGroups'], resources: ['*'] }),
      ],
    });
    suppressNagWildcards(policy, 'Interfaces get their names as they are made; they are changed in the database\'s network only, and IAM '
      + 'permits no narrower resource for what describes', [interfaces, '*']);
    role.attachInlinePolicy(policy);
    return role;
  }

  private addSource(connection: CfnVPCConnection): CfnDataSource {
    const { database, foundation: { prefix }, settings } = this.props;
    const { host, port, name } = database.network();
    const source = new CfnDataSource(this, 'Source', {
      awsAccountId: this.accountId,
      dataSourceId: `${prefix}-metrics`,
      name: `${prefix}: metrics`,
      type: 'AURORA_POSTGRESQL',
      dataSourceParameters: { auroraPostgreSqlParameters: { host, port, database: name } },
      credentials: { secretArn: settings.secretArn },
      sslProperties: { disableSsl: false },
      vpcConnectionProperties: { vpcConnectionArn: connection.attrArn },
      permissions: this.permissions(USE_SOURCE),
    });
    // QuickSight signs in while the source is made.
    source.node.addDependency(database);
    return source;
  }

  private addDataSet({ view, name, columns }: DataSet, source: CfnDataSource): void {
    const { foundation: { prefix } } = this.props;
    new CfnDataSet(this, view, {
      awsAccountId: this.accountId,
      dataSetId: `${prefix}-${view.replaceAll('_', '-')}`,
      name: `${prefix}: ${name}`,
      // Each look asks the database, as what is current is ten seconds old at most.
      importMode: 'DIRECT_QUERY',
      physicalTableMap: {
        [view.replaceAll('_', '-')]: {
          relationalTable: {
            dataSourceArn: source.attrArn,
            schema: 'public',
            name: view,
            inputColumns: Object.entries(columns).map(([column, type]) => ({ name: column, type })),
          },
        },
      },
      permissions: this.permissions(USE_SET),
    });
  }
}
