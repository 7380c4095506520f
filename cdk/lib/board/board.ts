/** The live board in a browser: pages and JSON from the tables of contacts and agents, for who signs in. */
import { Duration, Stack } from 'aws-cdk-lib';
import { Secret } from 'aws-cdk-lib/aws-secretsmanager';
import { Construct } from 'constructs';
import type { Config } from '../config.ts';
import type { ContactsTable } from '../contacts/contacts-table.ts';
import type { Database } from '../metrics/database.ts';
import { DeliveryStream } from '../platform/delivery-stream.ts';
import { replacedEndpoints, replacedSignIn } from '../platform/emulator.ts';
import { keptBucket } from '../platform/kept-bucket.ts';
import type { Foundation } from '../platform/foundation.ts';
import type { NamedInstance } from '../platform/instance.ts';
import { deadLetterQueueName } from '../platform/queue-with-dlq.ts';
import { ServiceFunction } from '../platform/service-function.ts';
import { suppressNag } from '../platform/suppress-nag.ts';
import { dailyPrefix } from '../records/bucket-prefixes.ts';
import type { Rta } from '../rta/rta.ts';
import { BoardApi } from './board-api.ts';
import { BoardUsers } from './board-users.ts';

export interface BoardProps {
  readonly foundation: Foundation;
  /** The instances that are shown, each by itself; none where they are those that the data name. */
  readonly instances: readonly NamedInstance[];
  readonly contacts: ContactsTable;
  /** They keep the agents, each those of its instance; without any the board shows none. */
  readonly feeds: readonly Rta[];
  readonly settings: NonNullable<Config['board']>;
}

export class Board extends Construct {
  readonly function: ServiceFunction;
  private readonly props: BoardProps;

  constructor(scope: Construct, id: string, props: BoardProps) {
    super(scope, id);
    this.props = props;
    const { foundation, instances, contacts, feeds, settings } = props;
    const api = new BoardApi(this, 'Api', { foundation, walls: settings.walls });
    const users = new BoardUsers(this, 'Users', { foundation, settings, board: api.url });
    const audit = this.audit();
    const secret = this.customerSecret();
    this.function = new ServiceFunction(this, 'Function', {
      foundation,
      binary: 'board',
      description: 'The live board, in a browser and as a JSON API',
      timeout: Duration.seconds(29),
      environment: {
        CONTACTS: contacts.url,
        ...(feeds.length > 0 && { AGENTS: feeds.map(({ agents }) => `dynamodb://${agents.tableName}`).join(',') }),
        TIME_ZONE: settings.timeZone,
        AGENT_NAMES: settings.agentNames,
        ...(instances.length > 0 && {
          CONNECT_INSTANCES: instances.map(({ arn }) => arn).join(','), INSTANCE_NAMES: instances.map(({ alias }) => alias).join(','),
        }),
        ...(settings.thresholds && { THRESHOLDS: JSON.stringify(settings.thresholds) }),
        CUSTOMER_SECRET: `secretsmanager://${secret.secretArn}`,
        AUDIT_STREAM: audit.name,
        BOARD_URL: api.url,
        ...users.environment,
        ...replacedSignIn(foundation.config, users.poolId),
      },
    });
    contacts.grantList(this.function);
    if (feeds.length > 0) this.function.allow(['dynamodb:Scan'], feeds.map(({ agents }) => agents.tableArn));
    this.function.allow(['firehose:PutRecordBatch'], [audit.arn]);
    this.function.allow(['secretsmanager:GetSecretValue'], [secret.secretArn]);
    this.function.grantDecrypt();
    api.answerWith(this.function);
    foundation.alarms.add(this, 'board-failures', {
      ...api.failureShare(),
      meaning: 'The board answered 20 % or more of its requests with 5xx, in two 15-minute periods within two hours.',
      runbook: 'function-errors',
    });
    foundation.dashboard.addRow('Live board', [this.function.graph(), api.graph(), audit.graph]);
  }

  /** Shows figures of the day, too, from the record tables or else from the metric tables, and compares who waits with these. */
  readFigures(database: Database, { hasRecords }: { hasRecords: boolean }): void {
    const environment = {
      METRICS_DB: database.url('board'), RECORD_TABLES: hasRecords ? 'on' : 'off', METRIC_TABLES: 'on',
      ...replacedEndpoints(this.props.foundation.config),
    };
    for (const [name, value] of Object.entries(environment)) this.function.function.addEnvironment(name, value);
    database.grantSignIn(this.function, 'board');
  }

  /**
   * Has the page of the data's health count what is in every dead-letter queue that there is by now. Their addresses differ in one place, and in
   * a second one where each instance has its own, so that one setting with all their names stays short.
   */
  countDeadLetters(): void {
    const { foundation } = this.props;
    const queues = foundation.deadLetterQueues;
    if (queues.size === 0) return;
    const { account, region, urlSuffix } = Stack.of(this);
    const endings = ['', ...foundation.config.connect.instances.map(({ name }) => `-${name}`)];
    const isOfEach = (name: string) => endings.length > 1 && endings.every((ending) => queues.has(`${name}${ending}`));
    const ofEach = [...queues.keys()].filter(isOfEach).sort();
    const others = [...queues.keys()].filter((name) => !ofEach.some((one) => endings.some((ending) => name === `${one}${ending}`))).sort();
    const names = [...(others.length > 0 ? [`{${others.join(',')}}`] : []), ...(ofEach.length > 0 ? [`{${ofEach.join(',')}}{${endings.join(',')}}`] : [])];
    const urls = names.map((some) => `https://sqs.${region}.${urlSuffix}/${account}/${deadLetterQueueName(foundation, some)}`);
    this.function.function.addEnvironment('DEAD_LETTER_QUEUES', urls.join(' '));
    this.function.allow(['sqs:GetQueueAttributes'], [...queues.values()].map(({ queueArn }) => queueArn));
  }

  /** By it customers have keys in addresses, which nobody else can read. */
  private customerSecret(): Secret {
    const secret = new Secret(this, 'CustomerSecret', {
      description: 'The live board: the keys of customers in addresses',
      encryptionKey: this.props.foundation.key,
      generateSecretString: { passwordLength: 64, excludePunctuation: true },
    });
    suppressNag(secret, 'With another secret every link to a customer would lead nowhere; nothing is kept that it opens', 'AwsSolutions-SMG4');
    return secret;
  }

  /** Who looked at which contact, and when: a bucket of its own, which nobody else writes to. */
  private audit() {
    const { foundation, settings } = this.props;
    const bucket = keptBucket(this, 'Audit', { foundation, logFolder: 'board-audit/', expireDays: settings.auditExpireDays });
    const name = 'board-audit';
    const delivery = new DeliveryStream(this, 'AuditDelivery', { foundation, name, bucket, folder: dailyPrefix('looks/') });
    return { name: `${foundation.prefix}-${name}`, arn: delivery.toBucket(), graph: delivery.graph() };
  }
}
