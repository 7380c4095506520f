/** Metrics: queue and agent metrics of Connect's API in PostgreSQL, polled every ten seconds. */
import { Duration } from 'aws-cdk-lib';
import { Stats, TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch';
import { Construct } from 'constructs';
import { type Config, serviceLevelSeconds } from '../config.ts';
import { Database } from './database.ts';
import { DeploymentCall } from '../platform/deployment-call.ts';
import { replacedEndpoints, sendMessages } from '../platform/emulator.ts';
import type { Foundation } from '../platform/foundation.ts';
import type { HttpApi } from '../platform/http-api.ts';
import type { Instance } from '../platform/instance.ts';
import { failureShare } from '../platform/alarm-metrics.ts';
import { POLLS, SCHEDULES, tooFew } from './polls.ts';
import { deadLetterQueue, QueueWithDlq } from '../platform/queue-with-dlq.ts';
import { SCHEDULED_TIME, ScheduledCall } from '../platform/scheduled-call.ts';
import { ServiceFunction } from '../platform/service-function.ts';

/** A poll of all history, at nearly two requests a second; and a database that sleeps takes fifteen seconds to wake up. */
const TIMEOUT = Duration.minutes(2);

export interface MetricsProps {
  readonly foundation: Foundation;
  readonly instance: Instance;
  readonly api: HttpApi;
  readonly settings: NonNullable<Config['metrics']>;
}

export class Metrics extends Construct {
  readonly database: Database;
  readonly ticks: QueueWithDlq;
  readonly poller: ServiceFunction;
  readonly check: ServiceFunction;
  private readonly settings: MetricsProps['settings'];

  constructor(scope: Construct, id: string, { foundation, instance, api, settings }: MetricsProps) {
    super(scope, id);
    this.settings = settings;
    this.database = new Database(this, 'Database', { foundation, maxCapacity: settings.maxCapacity });
    this.ticks = new QueueWithDlq(this, 'Ticks', {
      foundation, name: 'metrics-ticks', functionTimeout: TIMEOUT, lateAfter: Duration.minutes(5),
    });
    this.poller = this.makePoller(foundation, instance, settings);
    this.check = this.makeCheck(foundation, instance);
    // It answers 503 when tables are stale; the alarms on staleness cover that.
    api.get('/data-check', this.check);
    // A failed poll is not retried, because the next one is due in ten seconds.
    this.ticks.addConsumer(this.poller, { size: 10, concurrency: 2 });
    this.schedule(foundation, this.makeMigrate(foundation, instance));
    this.addMonitoring(foundation);
  }

  private makePoller(foundation: Foundation, instance: Instance, settings: MetricsProps['settings']): ServiceFunction {
    const { queue } = this.ticks;
    const poller = new ServiceFunction(this, 'Poller', {
      foundation,
      binary: 'metrics-poller',
      description: 'Queue and agent metrics of the instance to PostgreSQL',
      timeout: TIMEOUT,
      environment: {
        CONNECT_INSTANCE_ARN: instance.arn,
        TICK_QUEUE_URL: queue.queueUrl,
        METRICS_DB: this.database.url('poller'),
        SERVICE_LEVEL_SECONDS: String(serviceLevelSeconds(foundation.config)),
        SAMPLE_RETENTION_DAYS: String(settings.sampleRetentionDays),
        HISTORY_RETENTION_DAYS: String(settings.historyRetentionDays),
        METRICS_TIME_ZONE: settings.timeZone,
        CONNECT_REQUESTS_PER_SECOND: String(settings.requestsPerSecond),
        ...replacedEndpoints(foundation.config),
      },
      onFailure: deadLetterQueue(this, 'Failures', { foundation, name: 'metrics-poller' }),
    });
    poller.allow([
      'connect:ListQueues', 'connect:ListRoutingProfiles', 'connect:ListAgentStatuses', 'connect:ListUsers',
      'connect:GetCurrentMetricData', 'connect:GetMetricData', 'connect:GetMetricDataV2', 'connect:GetCurrentUserData',
    ], [instance.arn, ...['queue', 'routing-profile', 'agent-state', 'agent'].map((kind) => `${instance.arn}/${kind}/*`)],
    'All queues, routing profiles, statuses and users of the one instance');
    poller.allow(sendMessages(foundation.config), [queue.queueArn]);
    // The queue is encrypted with it.
    poller.grantKeyUse();
    this.database.grantSignIn(poller, 'poller');
    return poller;
  }

  private makeCheck(foundation: Foundation, instance: Instance): ServiceFunction {
    const check = new ServiceFunction(this, 'Check', {
      foundation,
      binary: 'data-check',
      description: 'GET /data-check: how fresh the metric tables are',
      timeout: Duration.seconds(29),
      environment: { CONNECT_INSTANCE_ARN: instance.arn, METRICS_DB: this.database.url('check'), ...replacedEndpoints(foundation.config) },
    });
    this.database.grantSignIn(check, 'check');
    return check;
  }

  /** The poller's binary as the tables' owner, with no other permission: no function that runs daily may drop a table. */
  private makeMigrate(foundation: Foundation, instance: Instance): ServiceFunction {
    const migrate = new ServiceFunction(this, 'Migrate', {
      foundation,
      binary: 'metrics-poller',
      name: 'metrics-migrate',
      description: 'Brings the metric tables up to date, and makes the logins that use them',
      timeout: TIMEOUT,
      environment: {
        // It polls nothing, but the binary requires these settings.
        CONNECT_INSTANCE_ARN: instance.arn,
        TICK_QUEUE_URL: this.ticks.queue.queueUrl,
        METRICS_DB: this.database.url('owner'),
        METRICS_TIME_ZONE: this.settings.timeZone,
        ...replacedEndpoints(foundation.config),
      },
    });
    this.database.grantSignIn(migrate, 'owner');
    for (const [name, value] of Object.entries(this.database.loginSettings(migrate, { POLLER_LOGIN: 'poller', CHECK_LOGIN: 'check' }))) migrate.function.addEnvironment(name, value);
    return migrate;
  }

  /** Migrates the tables before the first poll and with each new version of the poller. */
  private schedule(foundation: Foundation, migrate: ServiceFunction): void {
    const calls = SCHEDULES.map(({ poll, every }) => new ScheduledCall(this, `Poll-${poll}`, {
      foundation, name: `metrics-${poll}`, target: this.poller, every, event: { poll, due: SCHEDULED_TIME },
    }));
    new DeploymentCall(this, 'Migration', {
      foundation, target: migrate, timeout: TIMEOUT.plus(Duration.seconds(10)), after: [this.database], before: calls,
    });
  }

  private addMonitoring({ alarms, config, dashboard }: Foundation): void {
    const count = (name: string) => this.poller.count(name);
    for (const poll of POLLS) {
      const { period, threshold, periods } = tooFew(poll);
      alarms.add(this, poll.alarm, {
        metric: count(poll.complete).with({ period }),
        below: true,
        threshold,
        periods,
        meaning: `The table ${poll.table} has had too few complete polls for ${2 * period.toMinutes()} minutes.`,
        runbook: 'stale-metrics',
        missing: TreatMissingData.BREACHING,
      });
    }
    alarms.add(this, 'metrics-gap', {
      metric: count('IntervalsPending').with({ statistic: Stats.MINIMUM, period: Duration.hours(1) }),
      threshold: 1,
      periods: 4,
      meaning: 'Intervals of history have been missing for four hours; Connect deletes 5-minute intervals after 24 hours.',
      runbook: 'stale-metrics',
    });
    alarms.add(this, 'metrics-dropped', {
      ...failureShare(config, { failed: count('PollsDropped'), others: ['PollsComplete', 'PollsPartial', 'PollsFailed'].map(count) }),
      meaning: '20 % or more of the polls were dropped as too late, in two 15-minute periods within two hours.',
      runbook: 'stale-metrics',
    });
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
    dashboard.addRow('Metrics', [
      this.ticks.graph(),
      this.poller.graph(),
      { title: 'polls', left: POLLS.map(({ complete }) => count(complete)), right: [count('PollsPartial'), count('PollsDropped'), count('PollsFailed')] },
      { title: 'requests to Connect', left: [count('ConnectRequests')], right: [count('ConnectRetries')] },
      { title: 'database: capacity used, %', left: this.database.metricUtilization() },
      this.check.graph(),
    ]);
  }
}
