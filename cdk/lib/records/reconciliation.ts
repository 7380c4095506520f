/** Reconciliation: the record tables compared with what Connect lists, what is missing fetched, and what is kept no longer deleted. */
import { Duration } from 'aws-cdk-lib';
import { Stats, TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch';
import { Construct } from 'constructs';
import type { Config } from '../config.ts';
import type { ContactsTable } from '../contacts/contacts-table.ts';
import type { Database } from '../metrics/database.ts';
import { replacedEndpoints } from '../platform/emulator.ts';
import type { Foundation } from '../platform/foundation.ts';
import type { Instance } from '../platform/instance.ts';
import { deadLetterQueue } from '../platform/queue-with-dlq.ts';
import { ScheduledCall } from '../platform/scheduled-call.ts';
import { ServiceFunction } from '../platform/service-function.ts';

/** A run goes on where the last one stopped, so each takes the time that there is until the next. */
const EVERY = Duration.minutes(15);
const TIMEOUT = Duration.minutes(14);

export interface ReconciliationProps {
  readonly foundation: Foundation;
  readonly instance: Instance;
  readonly database: Database;
  /** The contacts store, where flow logs are kept. */
  readonly contacts: ContactsTable | undefined;
  readonly settings: NonNullable<Config['records']>;
}

export class Reconciliation extends Construct {
  readonly reconcile: ServiceFunction;

  constructor(scope: Construct, id: string, { foundation, instance, database, contacts, settings }: ReconciliationProps) {
    super(scope, id);
    this.reconcile = new ServiceFunction(this, 'Reconcile', {
      foundation,
      binary: 'reconcile',
      name: `reconcile${instance.suffix}`,
      description: 'Compares the record tables with what Connect lists, fetches what is missing, deletes what is old',
      timeout: TIMEOUT,
      environment: {
        CONNECT_INSTANCE_ARN: instance.arn,
        METRICS_DB: database.url('records'),
        ...(contacts && { CONTACTS: contacts.url }),
        // All instances' runs wait for each other in the database, so that one at a time has the whole rate.
        SEARCH_CONTACTS_PER_SECOND: String(settings.searchesPerSecond),
        RECONCILE_HEAL: String(settings.heal),
        RECORD_ATTRIBUTES: settings.attributes === '*' ? '*' : settings.attributes.join(','),
        RECORD_RETENTION_DAYS: String(settings.retentionDays),
        PERSONAL_RETENTION_DAYS: String(settings.personalRetentionDays),
        AGENT_TIME_RETENTION_DAYS: String(settings.agentTimeRetentionDays),
        ...replacedEndpoints(foundation.config),
      },
      onFailure: deadLetterQueue(this, 'Failures', { foundation, name: `reconcile${instance.suffix}` }),
      // Runs share Connect's quota of searches.
      oneAtATime: true,
    });
    this.reconcile.allow(
      ['connect:SearchContacts', 'connect:DescribeContact', 'connect:GetMetricDataV2', 'connect:ListQueues', 'connect:ListUsers'],
      [instance.arn, ...['contact', 'queue', 'agent'].map((kind) => `${instance.arn}/${kind}/*`)],
      'All contacts, queues and users of the one instance',
    );
    database.grantSignIn(this.reconcile, 'records');
    contacts?.grantStatuses(this.reconcile);
    new ScheduledCall(this, 'Schedule', { foundation, name: `reconcile${instance.suffix}`, target: this.reconcile, every: EVERY, event: { task: 'reconcile' } });
    this.addMonitoring(foundation, instance.suffix);
  }

  private addMonitoring({ alarms, dashboard }: Foundation, suffix: string): void {
    const count = (name: string) => this.reconcile.count(name);
    alarms.add(this, `contacts-missing${suffix}`, {
      metric: count('ContactsMissing'),
      threshold: 1,
      meaning: 'Connect lists contacts of an hour that were not in the record tables an hour after its end.',
      runbook: 'contacts-missing',
    });
    alarms.add(this, `reconcile-silent${suffix}`, {
      metric: count('HoursReconciled').with({ statistic: Stats.SUM, period: Duration.hours(1) }),
      below: true,
      threshold: 1,
      periods: 6,
      meaning: 'No hour was compared with what Connect lists for six hours.',
      runbook: 'contacts-missing',
      missing: TreatMissingData.BREACHING,
    });
    dashboard.addRow(`Reconciliation${suffix.replace('-', ': ')}`, [
      this.reconcile.graph(),
      { title: 'contacts', left: [count('ContactsListed')], right: [count('ContactsMissing'), count('ContactsHealed')] },
      { title: 'hours compared; rows deleted', left: [count('HoursReconciled')], right: [count('RowsExpired')] },
    ]);
  }
}
