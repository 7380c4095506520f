/** Real-time adherence: agents' changes of state are sent to the WFM's web service, and a full snapshot every five minutes. */
import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import { TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch';
import { AttributeType, BillingMode, Table, TableEncryption } from 'aws-cdk-lib/aws-dynamodb';
import { Construct } from 'constructs';
import type { Config } from '../config.ts';
import type { Foundation } from '../platform/foundation.ts';
import { deadLetterQueue } from '../platform/queue-with-dlq.ts';
import { type Instance, withReplicas } from '../platform/instance.ts';
import type { RecordStream } from '../platform/record-stream.ts';
import { ScheduledCall } from '../platform/scheduled-call.ts';
import { ServiceFunction } from '../platform/service-function.ts';
import { StreamSource } from '../platform/stream-source.ts';

export interface RtaProps {
  readonly foundation: Foundation;
  readonly agentEvents: RecordStream;
  readonly instance: Instance;
  /** The setting that names the instance whose agents are told, where others' events come, too. */
  readonly served: Record<string, string>;
  /** How many others read the stream. */
  readonly others: number;
  readonly settings: NonNullable<Config['rta']>;
}

export class Rta extends Construct {
  /** Each agent's latest state, and the state that the service acknowledged last. */
  readonly agents: Table;
  readonly feed: ServiceFunction;

  constructor(scope: Construct, id: string, { foundation, agentEvents, instance, served, others, settings }: RtaProps) {
    super(scope, id);
    const { suffix } = instance;
    const secretArn = foundation.config.connect.instances.find(({ name }) => `-${name}` === suffix)?.rtaSecretArn ?? settings.secretArn;
    const joined = withReplicas([instance], foundation.config).map(({ arn }) => arn);
    this.agents = new Table(this, 'Agents', {
      // The board has all tables' names in one setting, and all its settings have 4 KB: a name that CloudFormation makes is three times as long.
      ...(suffix && { tableName: `${foundation.prefix}-agents${suffix}` }),
      partitionKey: { name: 'Agent', type: AttributeType.STRING },
      timeToLiveAttribute: 'DDB_ExpiryEpoch',
      billingMode: BillingMode.PAY_PER_REQUEST,
      encryption: TableEncryption.CUSTOMER_MANAGED,
      encryptionKey: foundation.key,
      pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
      // Rebuilt from the stream.
      removalPolicy: RemovalPolicy.DESTROY,
    });
    this.feed = new ServiceFunction(this, 'Feed', {
      foundation,
      binary: 'rta-feed',
      name: `rta-feed${suffix}`,
      description: 'Agent events to the real-time adherence service of workforce management',
      timeout: Duration.minutes(1),
      environment: {
        AGENTS: `dynamodb://${this.agents.tableName}`,
        RTA: `secretsmanager://${secretArn}`,
        RTA_STATES: settings.states,
        RTA_FORMAT: settings.format,
        ...served,
        ...(joined.length > 1 && { JOINED_INSTANCES: joined.join(',') }),
      },
      inVpc: true,
      onFailure: deadLetterQueue(this, 'Failures', { foundation, name: `rta-feed${suffix}` }),
    });
    this.feed.allow(['dynamodb:BatchGetItem', 'dynamodb:PutItem', 'dynamodb:Scan'], [this.agents.tableArn]);
    this.feed.grantKeyUse();
    this.feed.grantSecretRead(secretArn);
    // A supervisor should see a change within seconds. 800 events of 5.3 KB are 5.7 MB in base64; Lambda's limit is 6 MB.
    new StreamSource(this, 'AgentEvents', {
      foundation, name: `rta-agents${suffix}`, source: agentEvents, others, target: this.feed, batch: { size: 800, window: Duration.seconds(foundation.config.board ? 1 : 5) },
    });
    // A full snapshot corrects whatever the service missed.
    new ScheduledCall(this, 'Snapshot', {
      foundation, name: `rta-snapshot${suffix}`, target: this.feed, every: Duration.minutes(5), event: { rta: 'snapshot' },
    });
    foundation.alarms.add(this, `rta-snapshot-missing${suffix}`, {
      metric: this.feed.count('SnapshotsSent').with({ period: Duration.minutes(15) }),
      below: true,
      threshold: 1,
      periods: 2,
      meaning: 'The real-time adherence service has acknowledged no full snapshot for 30 minutes.',
      runbook: 'no-snapshot',
      missing: TreatMissingData.BREACHING,
    });
    foundation.dashboard.addRow(`Real-time adherence${suffix.replace('-', ': ')}`, [this.feed.graph(), this.feed.ageGraph()]);
  }
}
