/** Metrics: queue and agent metrics of Connect's API in PostgreSQL, polled every ten seconds. */
import { Duration } from 'aws-cdk-lib';
import { Construct } from 'constructs';
import type { Config } from '../config.ts';
import { Database } from './database.ts';
import { InstancePolls, TIMEOUT } from './instance-polls.ts';
import { DeploymentCall } from '../platform/deployment-call.ts';
import { replacedEndpoints } from '../platform/emulator.ts';
import type { Foundation } from '../platform/foundation.ts';
import type { HttpApi } from '../platform/http-api.ts';
import type { Instance } from '../platform/instance.ts';
import { ServiceFunction } from '../platform/service-function.ts';

export interface MetricsProps {
  readonly foundation: Foundation;
  readonly instances: readonly Instance[];
  readonly api: HttpApi;
  readonly settings: NonNullable<Config['metrics']>;
}

export class Metrics extends Construct {
  readonly database: Database;
  /** Makes tables and logins. Another that makes one of these logins comes after it. */
  readonly migration: Construct;

  constructor(scope: Construct, id: string, props: MetricsProps) {
    super(scope, id);
    const { foundation, instances, api, settings } = props;
    this.database = new Database(this, 'Database', { foundation, settings });
    const polls = instances.map((instance) => new InstancePolls(instance.within(this), `Polls${instance.suffix}`, {
      foundation, instance, share: instances.length, database: this.database, settings,
    }));
    // It answers 503 when tables are stale; the alarms on staleness cover that.
    for (const [at, { check }] of polls.entries()) api.get(`/data-check${instances[at]!.suffix.replace('-', '/')}`, check, instances[at]);
    const [first] = polls;
    // The tables are brought up to date before the first poll and with each new version of the poller.
    this.migration = new DeploymentCall(this, 'Migration', {
      foundation, target: this.makeMigrate(props, first!), timeout: TIMEOUT.plus(Duration.seconds(10)), after: [this.database],
      before: polls.flatMap(({ schedules }) => schedules),
    });
    this.addMonitoring(foundation);
  }

  /** The poller's binary as the tables' owner, with no other permission: no function that runs daily may drop a table. */
  private makeMigrate({ foundation, instances: [first], settings }: MetricsProps, { ticks }: InstancePolls): ServiceFunction {
    const migrate = new ServiceFunction(this, 'Migrate', {
      foundation,
      binary: 'metrics-poller',
      name: 'metrics-migrate',
      description: 'Brings the metric tables up to date, and makes the logins that use them',
      timeout: TIMEOUT,
      environment: {
        // It polls nothing, but the binary requires these settings.
        CONNECT_INSTANCE_ARN: first!.arn,
        TICK_QUEUE_URL: ticks.queue.queueUrl,
        METRICS_DB: this.database.url('owner'),
        METRICS_TIME_ZONE: settings.timeZone,
        ...replacedEndpoints(foundation.config),
      },
    });
    this.database.grantSignIn(migrate, 'owner');
    for (const [name, value] of Object.entries(this.database.loginSettings(migrate, {
      POLLER_LOGIN: 'poller', CHECK_LOGIN: 'check', ...(foundation.config.board && { BOARD_LOGIN: 'board' as const }),
    }))) migrate.function.addEnvironment(name, value);
    return migrate;
  }

  private addMonitoring({ alarms }: Foundation): void {
    const [utilization] = this.database.metricUtilization();
    if (utilization) {
      alarms.add(this, 'metrics-database-full', {
        metric: utilization,
        threshold: 95,
        periods: 6,
        meaning: 'The database has used its whole configured capacity for 30 minutes.',
        runbook: 'database-limit',
      });
    }
  }
}
