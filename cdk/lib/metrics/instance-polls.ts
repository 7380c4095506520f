/** The polls of one instance: its queues and agents to the metric tables. */
import { Duration } from 'aws-cdk-lib';
import { Stats, TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch';
import { Construct } from 'constructs';
import { type Config, serviceLevelSeconds } from '../config.ts';
import type { Database } from './database.ts';
import { replacedEndpoints, sendMessages } from '../platform/emulator.ts';
import type { Foundation } from '../platform/foundation.ts';
import type { Instance } from '../platform/instance.ts';
import { failureShare } from '../platform/alarm-metrics.ts';
import { POLLS, SCHEDULES, tooFew } from './polls.ts';
import { deadLetterQueue, QueueWithDlq } from '../platform/queue-with-dlq.ts';
import { SCHEDULED_TIME, ScheduledCall } from '../platform/scheduled-call.ts';
import { ServiceFunction } from '../platform/service-function.ts';

/** A poll of all history, at nearly two requests a second; and a database that sleeps takes fifteen seconds to wake up. */
export const TIMEOUT = Duration.minutes(2);

export interface InstancePollsProps {
  readonly foundation: Foundation;
  readonly instance: Instance;
  /** Among how many instances the account's quota of requests is shared. */
  readonly share: number;
  readonly database: Database;
  readonly settings: NonNullable<Config['metrics']>;
}

export class InstancePolls extends Construct {
  readonly ticks: QueueWithDlq;
  readonly poller: ServiceFunction;
  readonly check: ServiceFunction;
  /** They must not be there before the tables are. */
  readonly schedules: ScheduledCall[];
  private readonly props: InstancePollsProps;

  constructor(scope: Construct, id: string, props: InstancePollsProps) {
    super(scope, id);
    this.props = props;
    const { foundation, instance: { suffix } } = props;
    this.ticks = new QueueWithDlq(this, 'Ticks', {
      foundation, name: `metrics-ticks${suffix}`, functionTimeout: TIMEOUT, lateAfter: Duration.minutes(5),
    });
    this.poller = this.makePoller();
    this.check = this.makeCheck();
    // A failed poll is not retried, because the next one is due in ten seconds.
    this.ticks.addConsumer(this.poller, { size: 10, concurrency: 2 });
    this.schedules = SCHEDULES.map(({ poll, every }) => new ScheduledCall(this, `Poll-${poll}`, {
      foundation, name: `metrics-${poll}${suffix}`, target: this.poller, every, event: { poll, due: SCHEDULED_TIME },
    }));
    this.addMonitoring(foundation, suffix);
  }

  private makePoller(): ServiceFunction {
    const { foundation, instance, share, database, settings } = this.props;
    const { queue } = this.ticks;
    const poller = new ServiceFunction(this, 'Poller', {
      foundation,
      binary: 'metrics-poller',
      name: `metrics-poller${instance.suffix}`,
      description: 'Queue and agent metrics of the instance to PostgreSQL',
      timeout: TIMEOUT,
      environment: {
        CONNECT_INSTANCE_ARN: instance.arn,
        TICK_QUEUE_URL: queue.queueUrl,
        METRICS_DB: database.url('poller'),
        SERVICE_LEVEL_SECONDS: String(serviceLevelSeconds(foundation.config)),
        SAMPLE_RETENTION_DAYS: String(settings.sampleRetentionDays),
        HISTORY_RETENTION_DAYS: String(settings.historyRetentionDays),
        METRICS_TIME_ZONE: settings.timeZone,
        CONNECT_REQUESTS_PER_SECOND: String(settings.requestsPerSecond / share),
        ...replacedEndpoints(foundation.config),
      },
      onFailure: deadLetterQueue(this, 'Failures', { foundation, name: `metrics-poller${instance.suffix}` }),
    });
    poller.allow([
      'connect:ListQueues', 'connect:ListRoutingProfiles', 'connect:ListAgentStatuses', 'connect:ListUsers',
      'connect:GetCurrentMetricData', 'connect:GetMetricData', 'connect:GetMetricDataV2', 'connect:GetCurrentUserData',
    ], [instance.arn, ...['queue', 'routing-profile', 'agent-state', 'agent'].map((kind) => `${instance.arn}/${kind}/*`)],
    'All queues, routing profiles, statuses and users of the one instance');
    poller.allow(sendMessages(foundation.config), [queue.queueArn]);
    // The queue is encrypted with it.
    poller.grantKeyUse();
    database.grantSignIn(poller, 'poller');
    return poller;
  }

  private makeCheck(): ServiceFunction {
    const { foundation, instance, database } = this.props;
    const check = new ServiceFunction(this, 'Check', {
      foundation,
      binary: 'data-check',
      name: `data-check${instance.suffix}`,
      description: 'GET /data-check: how fresh the metric tables are',
      timeout: Duration.seconds(29),
      environment: { CONNECT_INSTANCE_ARN: instance.arn, METRICS_DB: database.url('check'), ...replacedEndpoints(foundation.config) },
    });
    database.grantSignIn(check, 'check');
    return check;
  }

  private addMonitoring({ alarms, config, dashboard }: Foundation, suffix: string): void {
    const count = (name: string) => this.poller.count(name);
    for (const poll of POLLS) {
      const { period, threshold, periods } = tooFew(poll);
      alarms.add(this, `${poll.alarm}${suffix}`, {
        metric: count(poll.complete).with({ period }),
        below: true,
        threshold,
        periods,
        meaning: `The table ${poll.table} has had too few complete polls for ${2 * period.toMinutes()} minutes.`,
        runbook: 'stale-metrics',
        missing: TreatMissingData.BREACHING,
      });
    }
    alarms.add(this, `metrics-gap${suffix}`, {
      metric: count('IntervalsPending').with({ statistic: Stats.MINIMUM, period: Duration.hours(1) }),
      threshold: 1,
      periods: 4,
      meaning: 'Intervals of history have been missing for four hours; Connect deletes 5-minute intervals after 24 hours.',
      runbook: 'stale-metrics',
    });
    alarms.add(this, `metrics-dropped${suffix}`, {
      ...failureShare(config, { failed: count('PollsDropped'), others: ['PollsComplete', 'PollsPartial', 'PollsFailed'].map(count) }),
      meaning: '20 % or more of the polls were dropped as too late, in two 15-minute periods within two hours.',
      runbook: 'stale-metrics',
    });
    dashboard.addRow(`Metrics${suffix.replace('-', ': ')}`, [
      this.ticks.graph(),
      this.poller.graph(),
      { title: 'polls', left: POLLS.map(({ complete }) => count(complete)), right: [count('PollsPartial'), count('PollsDropped'), count('PollsFailed')] },
      { title: 'requests to Connect', left: [count('ConnectRequests')], right: [count('ConnectRetries')] },
      { title: 'database: capacity used, %', left: this.props.database.metricUtilization() },
      this.check.graph(),
    ]);
  }
}
