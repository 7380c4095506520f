/** Record tables: a row for each contact, what agents did when, and interval statistics, in the database of the metrics. */
import { Duration } from 'aws-cdk-lib';
import { Construct } from 'constructs';
import type { Config } from '../config.ts';
import type { ContactEvents } from '../contacts/contact-events.ts';
import type { Database } from '../metrics/database.ts';
import { DeploymentCall } from '../platform/deployment-call.ts';
import { replacedEndpoints } from '../platform/emulator.ts';
import type { Foundation } from '../platform/foundation.ts';
import { type Instance, withReplicas } from '../platform/instance.ts';
import { deadLetterQueue, QueueWithDlq } from '../platform/queue-with-dlq.ts';
import { isSameStream, type RecordStream } from '../platform/record-stream.ts';
import { ScheduledCall } from '../platform/scheduled-call.ts';
import { ServiceFunction } from '../platform/service-function.ts';
import { StreamSource } from '../platform/stream-source.ts';
import { PREFIX } from './bucket-prefixes.ts';
import type { RecordBucket } from '../sources/record-bucket.ts';
import type { Records } from './records.ts';

/** A database that sleeps takes fifteen seconds to wake up, and a large object is saved in batches. */
const TIMEOUT = Duration.minutes(2);

export interface RecordTablesProps {
  readonly foundation: Foundation;
  readonly instances: readonly Instance[];
  readonly database: Database;
  /** Makes the login of the board, too: two at once would be in each other's way. */
  readonly metricsMigration: Construct;
  readonly records: Records;
  /** In a stream, or in a bucket that was there. */
  readonly contactRecords: RecordStream | RecordBucket;
  /** With how many others read their stream; without it, what agents did is not kept. */
  readonly agentEvents: { source: RecordStream; others: number } | undefined;
  /** Nothing if contact events are off. */
  readonly contactEvents: ContactEvents | undefined;
  readonly settings: NonNullable<Config['records']>;
}

export class RecordTables extends Construct {
  /** Contact events, and S3's notifications of objects that a person wants to be read again. */
  readonly queue: QueueWithDlq;
  readonly tables: ServiceFunction;
  private readonly props: RecordTablesProps;

  constructor(scope: Construct, id: string, props: RecordTablesProps) {
    super(scope, id);
    this.props = props;
    const { foundation, contactEvents } = props;
    this.queue = new QueueWithDlq(this, 'Queue', {
      foundation, name: 'record-tables', functionTimeout: TIMEOUT, lateAfter: Duration.minutes(5), holdsOnlyCopies: true,
    });
    this.tables = this.makeTables();
    // No reader may run before there are tables: what fails ten times is put aside.
    new DeploymentCall(this, 'Migration', {
      foundation, target: this.makeMigrate(), timeout: TIMEOUT.plus(Duration.seconds(10)), after: [props.database, props.metricsMigration], before: [this.tables],
    });
    this.readSources();
    contactEvents?.deliverTo(this.queue);
    // A board shows what counts in the interval that goes on; a report does not hurry.
    this.queue.addConsumer(this.tables, { size: 100, window: Duration.seconds(foundation.config.board ? 1 : 5), concurrency: 2 });
    new ScheduledCall(this, 'Upkeep', {
      foundation, name: 'record-tables-upkeep', target: this.tables, every: Duration.hours(1), event: { task: 'upkeep' },
    });
    this.addMonitoring();
  }

  private makeTables(): ServiceFunction {
    const { foundation, database, records: { bucket } } = this.props;
    const tables = new ServiceFunction(this, 'Tables', {
      foundation,
      binary: 'record-tables',
      description: 'Contact records, contact events and agent events to rows and interval statistics in PostgreSQL',
      timeout: TIMEOUT,
      environment: this.environment('records'),
      onFailure: deadLetterQueue(this, 'Failures', { foundation, name: 'record-tables-upkeep' }),
    });
    database.grantSignIn(tables, 'records');
    tables.allow(['s3:GetObject'], [PREFIX.records, PREFIX.agentEvents].map((prefix) => bucket.arnForObjects(`${prefix}*`)),
      'Objects of a folder of the bucket: their names are not known before');
    tables.grantKeyUse();
    return tables;
  }

  /** The same binary as the tables' owner, with no other permission: no function that runs daily may drop a table. */
  private makeMigrate(): ServiceFunction {
    const { foundation, database } = this.props;
    const { serviceLevels } = foundation.config;
    const targets = serviceLevels.map(({ seconds, percent, queueId, channel }) => ({
      seconds, target_percent: percent, ...(queueId && { queue_id: queueId }), ...(channel && { channel }),
    }));
    const migrate = new ServiceFunction(this, 'Migrate', {
      foundation,
      binary: 'record-tables',
      name: 'record-tables-migrate',
      description: 'Brings the record tables up to date, with their logins, targets and calendar',
      timeout: TIMEOUT,
      environment: { ...this.environment('owner'), SERVICE_LEVEL_TARGETS: JSON.stringify(targets) },
    });
    database.grantSignIn(migrate, 'owner');
    const logins = database.loginSettings(migrate, { RECORDS_LOGIN: 'records', ...(foundation.config.board && { BOARD_LOGIN: 'board' as const }) });
    for (const [name, value] of Object.entries(logins)) migrate.function.addEnvironment(name, value);
    return migrate;
  }

  private environment(login: 'owner' | 'records'): Record<string, string> {
    const { foundation, instances, database, settings } = this.props;
    return {
      CONNECT_INSTANCES: withReplicas(instances, foundation.config).map(({ arn }) => arn).join(','),
      METRICS_DB: database.url(login),
      RECORD_ATTRIBUTES: settings.attributes === '*' ? '*' : settings.attributes.join(','),
      AGENT_TIME: settings.agentTime ? 'on' : 'off',
      RECORD_TIME_ZONES: settings.timeZones.join(','),
      ...replacedEndpoints(foundation.config),
    };
  }

  private readSources(): void {
    const { foundation, agentEvents, contactRecords } = this.props;
    const target = this.tables;
    // A row within a minute, and few statements.
    const batch = { size: 500, window: Duration.seconds(10) };
    if ('stream' in contactRecords) {
      new StreamSource(this, 'ContactRecords', { foundation, name: 'record-contacts', source: contactRecords, target, batch });
    } else {
      contactRecords.deliverTo(this.queue);
      contactRecords.grantRead(target);
    }
    if (agentEvents && !('stream' in contactRecords && isSameStream(contactRecords, agentEvents.source))) {
      new StreamSource(this, 'AgentEvents', { foundation, name: 'record-agents', target, batch, ...agentEvents });
    }
  }

  private addMonitoring(): void {
    const { alarms, dashboard } = this.props.foundation;
    const count = (name: string) => this.tables.count(name);
    alarms.add(this, 'record-tables-rejected', {
      metric: count('RecordsRejected'),
      threshold: 1,
      meaning: 'Records made no row of the record tables: they can\'t be read, or the database refuses what they say.',
      runbook: 'records-rejected',
    });
    alarms.add(this, 'record-tables-sums', {
      metric: count('RecomputesFailed'),
      threshold: 1,
      periods: 3,
      meaning: 'The interval statistics of the record tables have been behind their rows for 15 minutes.',
      runbook: 'sums-behind',
    });
    dashboard.addRow('Record tables', [
      this.queue.graph(),
      this.tables.graph(),
      this.tables.ageGraph(),
      { title: 'rows', left: [count('RowsSaved'), count('RowsUnchanged')], right: [count('RecordsRejected'), count('RecordsOfOtherInstances')] },
    ]);
  }
}
