/** What several alarms measure alike. All but {@link failureShare} on the emulator are expressions over metrics, which the emulator does not know. */
import { Duration } from 'aws-cdk-lib';
import { type IMetric, MathExpression, type Metric } from 'aws-cdk-lib/aws-cloudwatch';
import type { AlarmProps } from './alarms.ts';
import { type Config, WEEKDAYS } from '../config.ts';
import { hasMetricMath } from './emulator.ts';

/** The percentage of failures at which the alarm state begins; services fail less often than that now and then. */
const SHARE = 20;
/** The period over which the percentage is computed. */
const SHARE_PERIOD = Duration.minutes(15);
/** Two breaching periods within two hours, so that a centre with one contact an hour is covered, and one failure never is an alarm. */
const SHARE_PERIODS = { periods: 2, within: 8 };
/** A reader has stopped when records arrived and it read none, in three consecutive periods. */
export const STOPPED = { period: Duration.minutes(15), periods: 3 };

/** What failed, and either what did not or all there was. */
export type Failures = { readonly failed: Metric } & ({ readonly others: Metric[] } | { readonly all: Metric });

/** The share of failures as an alarm; on the emulator, their number. */
export function failureShare(config: Config, failures: Failures): Pick<AlarmProps, 'metric' | 'threshold' | 'periods' | 'within'> {
  const period = SHARE_PERIOD;
  const failed = failures.failed.with({ period });
  if (!hasMetricMath(config)) return { metric: failed, threshold: SHARE, ...SHARE_PERIODS };
  const rest = 'all' in failures ? { all: failures.all } : Object.fromEntries(failures.others.map((metric, at) => [`other${at}`, metric]));
  const whole = 'all' in failures ? 'all' : `SUM([${['failed', ...Object.keys(rest)].join(', ')}])`;
  const usingMetrics = { failed, ...Object.fromEntries(Object.entries(rest).map(([name, metric]) => [name, metric.with({ period })])) };
  const metric = new MathExpression({ expression: `100 * failed / ${whole}`, label: 'failed, %', usingMetrics, period });
  return { metric, threshold: SHARE, ...SHARE_PERIODS };
}

/**
 * A stopped reader as an alarm: records arrived, and it, or several together, read none. Its own metric has no data then, which the sum
 * replaces; without arrivals there is no alarm.
 */
export function readerStopped(came: Metric, taken: Metric, ...more: Metric[]): Pick<AlarmProps, 'metric' | 'threshold' | 'periods'> {
  const { period, periods } = STOPPED;
  const readers = Object.fromEntries([taken, ...more].map((metric, at) => [at ? `taken${at + 1}` : 'taken', metric.with({ period })]));
  const metric = new MathExpression({
    expression: `IF(came > 0 AND SUM([${Object.keys(readers).join(', ')}, came * 0]) < 1, 1, 0)`,
    label: 'came, and nothing was taken',
    usingMetrics: { came: came.with({ period }), ...readers },
    period,
  });
  return { metric, threshold: 1, periods };
}

/**
 * No data on two consecutive workdays as an alarm: the daily number of records, and 1 for a day on which nobody works. Days are UTC;
 * whatever the centre's time zone, some of its working hours are in the UTC day of the same name.
 */
export function noData(config: Config, came: Metric): Pick<AlarmProps, 'metric' | 'threshold' | 'below' | 'periods' | 'within'> {
  const period = Duration.days(1);
  const daily: IMetric = came.with({ period });
  const off = WEEKDAYS.map((day, at) => (config.workdays.includes(day) ? 0 : at + 1)).filter((day) => day > 0);
  if (off.length === 0 || !hasMetricMath(config)) return { metric: daily, threshold: 1, below: true, periods: 2 };
  const metric = new MathExpression({
    expression: `IF(${off.map((day) => `DAY(came) == ${day}`).join(' OR ')}, 1, FILL(came, 0))`,
    label: 'came on a workday',
    usingMetrics: { came: daily },
    period,
  });
  // CloudWatch looks back a week at most.
  const within = 2 + longestRest(off);
  return within > 7 ? { metric, threshold: 1, below: true, periods: 1 } : { metric, threshold: 1, below: true, periods: 2, within };
}

/** The most days in a row, over the week's end too, on which nobody works. */
function longestRest(off: number[]): number {
  let [run, longest] = [0, 0];
  for (let day = 0; day < 14; day += 1) {
    run = off.includes((day % 7) + 1) ? run + 1 : 0;
    longest = Math.max(longest, run);
  }
  return longest;
}
