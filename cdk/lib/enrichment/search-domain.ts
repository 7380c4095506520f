/** An OpenSearch domain for contact records. Firehose writes by its role, `search-setup` prepares the index, people come through Amazon Cognito; nobody else comes in. */
import { CfnOutput, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { Metric, Stats } from 'aws-cdk-lib/aws-cloudwatch';
import { type IGrantable, PolicyDocument, PolicyStatement, type Role } from 'aws-cdk-lib/aws-iam';
import { CfnDomain } from 'aws-cdk-lib/aws-opensearchservice';
import { Construct } from 'constructs';
import { suppressNag, suppressNagWildcards } from '../platform/suppress-nag.ts';
import type { AlarmProps } from '../platform/alarms.ts';
import type { Config } from '../config.ts';
import type { Foundation } from '../platform/foundation.ts';
import { setupRights } from './search-setup.ts';
import { SearchUsers } from './search-users.ts';

/** The version that search/ is tested on. */
const ENGINE = 'OpenSearch_2.19';

/** Nodes and disks: a trial's, or a centre's that must go on when a zone is lost. */
interface Size {
  readonly nodes: number;
  readonly instanceType: string;
  readonly diskGb: number;
}

export class SearchDomain extends Construct {
  readonly arn: string;
  /** `https://` and the domain's endpoint. */
  readonly url: string;
  private readonly domain: CfnDomain;
  private readonly policy: PolicyDocument;

  constructor(scope: Construct, id: string, { foundation, writer }: { foundation: Foundation; writer: Role }) {
    super(scope, id);
    const { config, key, prefix } = foundation;
    const users = new SearchUsers(this, 'Users', foundation);
    const { nodes, instanceType, diskGb } = size(config.environment);
    const domain = this.domain = new CfnDomain(this, 'Domain', {
      domainName: prefix,
      engineVersion: ENGINE,
      clusterConfig: {
        instanceType, instanceCount: nodes, zoneAwarenessEnabled: nodes > 1, ...(nodes > 1 && { zoneAwarenessConfig: { availabilityZoneCount: 2 } }),
      },
      ebsOptions: { ebsEnabled: true, volumeType: 'gp3', volumeSize: diskGb },
      encryptionAtRestOptions: { enabled: true, kmsKeyId: key.keyId },
      nodeToNodeEncryptionOptions: { enabled: true },
      domainEndpointOptions: { enforceHttps: true, tlsSecurityPolicy: 'Policy-Min-TLS-1-2-PFS-2023-10' },
      cognitoOptions: users.options,
    });
    domain.applyRemovalPolicy(RemovalPolicy.RETAIN);
    // OpenSearch tries its rights on the user pool while the domain is made.
    domain.node.addDependency(users);
    this.arn = domain.attrArn;
    this.url = `https://${domain.attrDomainEndpoint}`;
    this.policy = this.permit(domain, users, writer);
    domain.accessPolicies = this.policy;
    suppressNagRules(domain);
    this.addMonitoring(foundation, diskGb);
    new CfnOutput(this, 'Dashboards', { value: `${this.url}/_dashboards`, description: 'OpenSearch Dashboards' });
  }

  /** Allows {@link SearchSetup} the requests that it makes. */
  grantSetup(setup: IGrantable): void {
    const rights = setupRights(this.arnByName(this.domain));
    this.policy.addStatements(...rights.map((right) => new PolicyStatement({ principals: [setup.grantPrincipal], ...right })));
  }

  /** Adds an alarm on each condition under which the domain rejects writes; Firehose reports those hours later. */
  private addMonitoring({ alarms, prefix }: Foundation, diskGb: number): void {
    const { account: ClientId } = Stack.of(this);
    const add = (name: string, metricName: string, statistic: string, limit: Pick<AlarmProps, 'threshold' | 'below'>, what: string) =>
      alarms.add(this, `search-${name}`, {
        metric: new Metric({ namespace: 'AWS/ES', metricName, statistic, dimensionsMap: { DomainName: prefix, ClientId } }),
        ...limit,
        periods: 3,
        meaning: `The search domain ${prefix} ${what}.`,
        runbook: 'search-domain',
      });
    add('red', 'ClusterStatus.red', Stats.MAXIMUM, { threshold: 1 }, 'has lost a part of its index');
    // In MB, of a node. Below a fifth OpenSearch Service blocks writes before long.
    add('disk', 'FreeStorageSpace', Stats.MINIMUM, { threshold: (diskGb * 1024) / 4, below: true }, 'has less than a quarter of a disk left');
    add('blocked', 'ClusterIndexWritesBlocked', Stats.MAXIMUM, { threshold: 1 }, 'blocks writes');
    add('key-error', 'KMSKeyError', Stats.MAXIMUM, { threshold: 1 }, 'cannot use its key, which is disabled');
    add('key-inaccessible', 'KMSKeyInaccessible', Stats.MAXIMUM, { threshold: 1 }, 'has lost its key');
  }

  private permit(domain: CfnDomain, users: SearchUsers, writer: Role): PolicyDocument {
    const within = `${this.arnByName(domain)}/*`;
    const people = PEOPLE.map(({ actions, paths }) => ({ actions, resources: paths.map((path) => `${this.arnByName(domain)}/${path}`) }));
    for (const { actions, resources } of people) users.role.addToPolicy(new PolicyStatement({ actions, resources }));
    suppressNagWildcards(users.role, 'Dashboards reads many paths of the one domain, and keeps its views under paths of their own',
      people.flatMap(({ resources }) => resources));
    return new PolicyDocument({
      statements: [
        new PolicyStatement({ principals: [writer], actions: ['es:ESHttpGet', 'es:ESHttpPost', 'es:ESHttpPut'], resources: [within] }),
        ...people.map(({ actions, resources }) => new PolicyStatement({ principals: [users.role], actions, resources })),
      ],
    });
  }

  /** Neither the domain's own policy can refer to the domain, nor what must be there before it. */
  private arnByName(domain: CfnDomain): string {
    return domain.stack.formatArn({ service: 'es', resource: 'domain', resourceName: domain.domainName });
  }
}

/**
 * What people do in Dashboards: look, and keep views. Whoever may put, post or delete anywhere may delete the index, also by way of Dashboards'
 * console and its index management, which send what they are told to: so they may at these paths alone.
 */
const PEOPLE = [
  { actions: ['es:ESHttpGet', 'es:ESHttpHead'], paths: ['*'] },
  {
    actions: ['es:ESHttpPost'],
    paths: ['internal/search/*', 'api/metrics/*', 'api/timeline/*', 'api/opensearch-dashboards/*', 'api/ui_metric/*', 'api/shorten_url', 'auth/*']
      .map((path) => `_dashboards/${path}`),
  },
  { actions: ['es:ESHttpPost', 'es:ESHttpPut', 'es:ESHttpDelete'], paths: ['_dashboards/api/saved_objects/*'] },
];

function size(environment: Config['environment']): Size {
  return environment === 'Prod' || environment === 'PreProd'
    ? { nodes: 2, instanceType: 'm6g.large.search', diskGb: 100 }
    : { nodes: 1, instanceType: 't3.small.search', diskGb: 20 };
}

function suppressNagRules(domain: CfnDomain): void {
  suppressNag(domain, 'Only requests signed by the delivery role or a signed-in person are let in; a VPC would need a proxy for both',
    'AwsSolutions-OS1', 'AwsSolutions-OS3');
  suppressNag(domain, 'Dedicated masters pay from about ten data nodes on; there are two at most', 'AwsSolutions-OS4');
  suppressNag(domain, 'Two zones for PreProd and Prod; a trial loses nothing with its zone, as the records are in S3, too', 'AwsSolutions-OS7');
  suppressNag(domain, 'Slow logs quote documents and queries, which hold customers\' names and numbers',
    'AwsSolutions-OS9[LogExport::SEARCH_SLOW_LOGS]', 'AwsSolutions-OS9[LogExport::INDEX_SLOW_LOGS]');
}
