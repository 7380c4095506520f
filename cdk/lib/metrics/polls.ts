/** The polls of the metric tables: the one list that the poller and the freshness check use, too. */
import { Duration } from 'aws-cdk-lib';
import polls from '../../../crates/metrics/src/polls.json' with { type: 'json' };

/** The poll of one table, with its period, metric and alarm. */
export interface TablePoll {
  readonly table: string;
  readonly poll: string;
  readonly every_seconds: number;
  readonly fresh_within_seconds: number;
  readonly complete: string;
  readonly alarm: string;
}

export const POLLS: readonly TablePoll[] = polls;

const MINUTE = 60;
/** A poll more frequent than this is seen in periods of this length. */
const SHORTEST = 5 * MINUTE;

/**
 * The schedules of EventBridge Scheduler. A poll more frequent than once a minute is made by the tick, which sends itself twelve messages:
 * two polls, six times a minute each.
 */
export const SCHEDULES: { poll: string; every: Duration }[] = [
  { poll: 'tick', every: Duration.minutes(1) },
  ...[...new Map(POLLS.filter(({ every_seconds }) => every_seconds >= MINUTE).map(({ poll, every_seconds }) => [poll, every_seconds]))]
    .map(([poll, seconds]) => ({ poll, every: Duration.seconds(seconds) })),
];

/** Too few complete polls of a table as an alarm: fewer than half of those due in a period, and fewer than one. */
export function tooFew({ every_seconds }: TablePoll): { period: Duration; threshold: number; periods: number } {
  const seconds = Math.max(SHORTEST, every_seconds);
  return { period: Duration.seconds(seconds), threshold: Math.max(1, Math.floor(seconds / every_seconds / 2)), periods: 2 };
}
