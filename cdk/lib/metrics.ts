/** Metrics: what Connect's API tells of queues and agents, every ten seconds, in PostgreSQL. */
import { Duration } from 'aws-cdk-lib';
import { TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch';
import { Construct } from 'constructs';
import type { Config } from './config.ts';
import { Database } from './database.ts';
import { DeploymentCall } from './deployment-call.ts';
import { replacedEndpoints, sendMessages } from './emulator.ts';
import type { Foundation } from './foundation.ts';
import type { HttpApi } from './http-api.ts';
import type { Instance } from './instance.ts';
import { deadLetterQueue, QueueWithDlq } from './queue-with-dlq.ts';
import { SCHEDULED_TIME, ScheduledCall } from './scheduled-call.ts';
import { ServiceFunction } from './service-function.ts';

/** What is polled, how often. A tick sends itself six messages, ten seconds apart. */
const SCHEDULES = [
  { poll: 'tick', every: Duration.minutes(1) },
  { poll: 'history', every: Duration.minutes(5) },
  { poll: 'metadata', every: Duration.minutes(15) },
];
/** Six of queues and six of agents in a minute. */
const POLLS_IN_FIVE_MINUTES = 60;
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

  constructor(scope: Construct, id: string, { foundation, instance, api, settings }: MetricsProps) {
    super(scope, id);
    this.database = new Database(this, 'Database', { foundation, maxCapacity: settings.maxCapacity });
    this.ticks = new QueueWithDlq(this, 'Ticks', {
      foundation, name: 'metrics-ticks', functionTimeout: TIMEOUT, lateAfter: Duration.minutes(5),
    });
    this.poller = this.makePoller(foundation, instance, settings);
    this.check = this.makeCheck(foundation);
    // It answers 503 when tables are stale, which rings as staleness, not as a failure.
    api.get('/data-check', this.check);
    // What fails is not repeated, as it would be late: the next one comes in ten seconds.
    this.ticks.feed(this.poller, { size: 10, concurrency: 2 });
    this.schedule(foundation);
    this.watch(foundation);
  }

  private makePoller(foundation: Foundation, instance: Instance, settings: MetricsProps['settings']): ServiceFunction {
    const { queue } = this.ticks;
    const poller = new ServiceFunction(this, 'Poller', {
      foundation,
      binary: 'metrics-poller',
      description: 'Queue and agent metrics of the instance to PostgreSQL',
      timeout: TIMEOUT,
      environment: {
        CONNECT_INSTANCE_ID: instance.arn,
        TICK_QUEUE_URL: queue.queueUrl,
        METRICS_DB: this.database.selector,
        SERVICE_LEVEL_SECONDS: String(settings.serviceLevelSeconds),
        SAMPLE_RETENTION_DAYS: String(settings.sampleRetentionDays),
        CONNECT_REQUESTS_PER_SECOND: String(settings.requestsPerSecond),
        ...replacedEndpoints(foundation.config),
      },
      onFailure: deadLetterQueue(this, 'Failures', { foundation, name: 'metrics-poller' }),
    });
    poller.may([
      'connect:ListQueues', 'connect:ListRoutingProfiles', 'connect:ListAgentStatuses', 'connect:ListUsers',
      'connect:GetCurrentMetricData', 'connect:GetMetricData', 'connect:GetMetricDataV2', 'connect:GetCurrentUserData',
    ], [instance.arn, ...['queue', 'routing-profile', 'agent-state', 'agent'].map((kind) => `${instance.arn}/${kind}/*`)],
    'All queues, routing profiles, statuses and users of the one instance');
    poller.may(sendMessages(foundation.config), [queue.queueArn]);
    this.database.letWrite(poller);
    return poller;
  }

  private makeCheck(foundation: Foundation): ServiceFunction {
    const check = new ServiceFunction(this, 'Check', {
      foundation,
      binary: 'data-check',
      description: 'GET /data-check: how fresh the metric tables are',
      timeout: Duration.seconds(29),
      environment: { METRICS_DB: this.database.selector, ...replacedEndpoints(foundation.config) },
    });
    this.database.letRead(check);
    return check;
  }

  /** The tables are brought up to date before the first poll, and with each new version of the poller. */
  private schedule(foundation: Foundation): void {
    const calls = SCHEDULES.map(({ poll, every }) => new ScheduledCall(this, `Poll-${poll}`, {
      foundation, name: `metrics-${poll}`, target: this.poller, every, event: { poll, due: SCHEDULED_TIME },
    }));
    new DeploymentCall(this, 'Migrate', {
      foundation, target: this.poller, timeout: TIMEOUT.plus(Duration.seconds(10)), after: [this.database], before: calls,
    });
  }

  private watch({ alarms, dashboard }: Foundation): void {
    const count = (name: string) => this.poller.count(name);
    alarms.add(this, 'metrics-stale', {
      metric: count('PollsComplete'),
      below: true,
      threshold: POLLS_IN_FIVE_MINUTES / 2,
      periods: 2,
      meaning: 'Of the metrics that should reach the database every ten seconds, less than half have for ten minutes.',
      runbook: 'stale-metrics',
      missing: TreatMissingData.BREACHING,
    });
    alarms.add(this, 'metrics-partial', {
      metric: count('PollsPartial'),
      threshold: 3,
      periods: 3,
      meaning: 'Connect has not told all that was asked in at least three polls in each of three periods of five minutes.',
      runbook: 'stale-metrics',
    });
    alarms.add(this, 'metrics-failed', {
      metric: count('PollsFailed'),
      threshold: 3,
      periods: 3,
      meaning: 'At least three polls could not be saved in each of three periods of five minutes.',
      runbook: 'stale-metrics',
    });
    dashboard.addRow('Metrics', [
      this.ticks.graph(),
      this.poller.graph(),
      { title: 'polls', left: [count('PollsComplete')], right: [count('PollsPartial'), count('PollsDropped'), count('PollsFailed')] },
      { title: 'requests to Connect', left: [count('ConnectRequests')], right: [count('ConnectRetries')] },
      { title: 'database: capacity used, %', left: this.database.metricUtilization() },
      this.check.graph(),
    ]);
  }
}
