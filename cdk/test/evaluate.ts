/** Alarms, evaluated as CloudWatch does it: on figures of a centre, period by period. */
import type { Template } from 'aws-cdk-lib/assertions';
import type { Properties } from './support.ts';

/** What a metric has in each period, by its name; `undefined` is no data. */
export type Figures = Record<string, (number | undefined)[]>;

/** The alarm of this name. */
export function alarm(made: Template, name: string): Properties {
  const [found] = Object.values(made.findResources('AWS::CloudWatch::Alarm', { Properties: { AlarmName: `switchboard-dev-${name}` } }));
  if (!found) throw new Error(`no alarm ${name}`);
  return found.Properties;
}

/** The period of an alarm, in seconds. */
export function periodOf({ Period, Metrics }: Properties): number {
  return Period ?? Metrics.find(({ MetricStat }: Properties) => MetricStat).MetricStat.Period;
}

/** In how many seconds an alarm rings at the latest when all is wrong from now on. */
export function secondsToRing(properties: Properties): number {
  return periodOf(properties) * (properties.DatapointsToAlarm ?? properties.EvaluationPeriods);
}

/** The first period at whose end an alarm rings; `undefined` if it never does. Each period is one of the alarm's own. */
export function ringsAt(properties: Properties, figures: Figures): number | undefined {
  const periods = Math.max(...Object.values(figures).map((values) => values.length));
  const breaching = Array.from({ length: periods }, (_, at) => breaches(properties, valueOf(properties, figures, at)));
  const [within, needed] = [properties.EvaluationPeriods, properties.DatapointsToAlarm ?? properties.EvaluationPeriods];
  const at = breaching.findIndex((_, last) => breaching.slice(Math.max(0, last - within + 1), last + 1).filter(Boolean).length >= needed);
  return at < 0 ? undefined : at;
}

function breaches({ ComparisonOperator, Threshold, TreatMissingData }: Properties, value: number | undefined): boolean {
  if (value === undefined || Number.isNaN(value)) return TreatMissingData === 'breaching';
  switch (ComparisonOperator) {
    case 'LessThanThreshold': return value < Threshold;
    case 'GreaterThanOrEqualToThreshold': return value >= Threshold;
    default: throw new Error(`no comparison ${ComparisonOperator}`);
  }
}

function valueOf({ MetricName, Metrics }: Properties, figures: Figures, at: number): number | undefined {
  if (MetricName) return figures[MetricName]?.[at];
  const [{ Expression }] = Metrics.filter((metric: Properties) => metric.Expression);
  const measured: [string, number | undefined][] = Metrics.filter(({ MetricStat }: Properties) => MetricStat)
    .map(({ Id, MetricStat }: Properties) => [Id, figures[MetricStat.Metric.MetricName]?.[at]]);
  const functions = {
    IF: (holds: unknown, then: unknown, otherwise: unknown) => (holds ? then : otherwise),
    SUM: (values: number[]) => values.filter((value) => !Number.isNaN(value)).reduce((sum, value) => sum + value, 0),
    FILL: (value: number, instead: number) => (Number.isNaN(value) ? instead : value),
    // The first period is a Monday.
    DAY: () => (at % 7) + 1,
  };
  const names = [...Object.keys(functions), ...measured.map(([id]) => id)];
  const script = Expression.replaceAll(' AND ', ' && ').replaceAll(' OR ', ' || ');
  // eslint-disable-next-line @typescript-eslint/no-implied-eval -- the script is an expression of our own template
  return new Function(...names, `return ${script}`)(...Object.values(functions), ...measured.map(([, value]) => value ?? Number.NaN));
}
