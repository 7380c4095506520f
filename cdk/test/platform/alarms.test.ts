/** That alarms can ring, and do not ring for nothing: each on the figures of a small centre and of a large one. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { Match } from 'aws-cdk-lib/assertions';
import { alarm, periodOf, ringsAt, secondsToRing } from '../evaluate.ts';
import { EMULATOR, FULL, type Properties, SAMPLE, template } from '../support.ts';

const full = template(FULL);
const resources = (type: string): [string, Properties][] =>
  Object.entries(full.findResources(type)).map(([id, { Properties }]) => [id, Properties]);
const times = <T>(count: number, value: T): T[] => Array.from({ length: count }, () => value);
const none = undefined;

interface TablePoll { table: string; poll: string; every_seconds: number; fresh_within_seconds: number; complete: string; alarm: string }
const polls: TablePoll[] = JSON.parse(readFileSync('../crates/metrics/src/polls.json', 'utf8'));

for (const { table, poll, every_seconds, complete, alarm: name } of polls) {
  test(`the alarm on ${table} can be tripped by what comes every ${every_seconds} s, and by nothing else`, () => {
    const properties = alarm(full, name);
    const expected = periodOf(properties) / every_seconds;
    assert.ok(expected >= 1, 'a period has a poll in it');
    assert.ok(secondsToRing(properties) <= Math.max(2 * every_seconds, 600), 'it rings within two periods of the poll, or ten minutes');
    assert.equal(ringsAt(properties, { [complete]: times(12, expected) }), none);
    assert.equal(ringsAt(properties, { [complete]: times(12, 0) }), 1, 'polls that fail for good');
    assert.equal(ringsAt(properties, { [complete]: times(12, none) }), 1, 'polls that never come');
    assert.equal(ringsAt(properties, { [complete]: [expected, none, expected, none, expected] }), none, 'one that comes a moment late');
    assert.ok(['current', 'users', 'history', 'metadata'].includes(poll));
  });
}

test('each schedule is that of the one table of polls', () => {
  const scheduled = resources('AWS::Scheduler::Schedule').map(([, { ScheduleExpression, Target }]) => [JSON.parse(Target.Input).poll, ScheduleExpression]);
  const minutes = Object.fromEntries(polls.map(({ poll, every_seconds }) => [poll, every_seconds / 60]));
  for (const [poll, expression] of scheduled.filter(([name]) => (minutes[name] ?? 0) >= 1)) assert.match(expression, new RegExp(`^rate\\(${minutes[poll]} minute`));
  assert.deepEqual(scheduled.map(([poll]) => poll).filter(Boolean).sort(), ['history', 'metadata', 'tick']);
});

test('a gap in history rings long before Connect forgets it, and a backfill of a day does not', () => {
  const properties = alarm(full, 'metrics-gap');
  assert.equal(ringsAt(properties, { IntervalsPending: times(24, 3) }), 3);
  assert.equal(ringsAt(properties, { IntervalsPending: [250, 100, 12, 0, 0] }), none);
  assert.ok(secondsToRing(properties) <= 6 * 3600);
});

test('polls that are dropped ring by their share', () => {
  const properties = alarm(full, 'metrics-dropped');
  assert.equal(ringsAt(properties, { PollsDropped: times(8, 90), PollsComplete: times(8, 90) }), 1);
  assert.equal(ringsAt(properties, { PollsDropped: times(8, 5), PollsComplete: times(8, 175) }), none);
});

/** Who reads what, and the alarm that says that nobody does. */
const READERS: [name: string, came: string, taken: string][] = [
  ['contact-agents-stopped', 'IncomingRecords', 'PolledEventCount'],
  ['contact-records-stopped', 'IncomingRecords', 'PolledEventCount'],
  ['rta-agents-stopped', 'IncomingRecords', 'PolledEventCount'],
  ['record-contacts-stopped', 'IncomingRecords', 'PolledEventCount'],
  ['record-agents-stopped', 'IncomingRecords', 'PolledEventCount'],
  ['raw-stopped', 'IncomingRecords', 'DataReadFromKinesisStream.Records'],
  ['agents-raw-stopped', 'IncomingRecords', 'DataReadFromKinesisStream.Records'],
  ['enriched-stopped', 'IncomingRecords', 'DataReadFromKinesisStream.Records'],
  ['contact-archive-stopped', 'TimeToLiveDeletedItemCount', 'Invocations'],
  ['contact-flow-logs-stopped', 'IncomingLogEvents', 'ForwardedLogEvents'],
  ['contact-events-silent', 'IncomingRecords', 'Invocations'],
];

for (const [name, came, taken] of READERS) {
  test(`${name}: something comes in and nobody takes it, whether little comes or much`, () => {
    const properties = alarm(full, name);
    for (const amount of [1, 40_000]) {
      assert.equal(ringsAt(properties, { [came]: times(6, amount), [taken]: times(6, amount) }), none);
      assert.equal(ringsAt(properties, { [came]: times(6, amount), [taken]: times(6, none) }), 2, 'a reader that is gone tells nothing');
      assert.equal(ringsAt(properties, { [came]: times(6, amount), [taken]: times(6, 0) }), 2);
    }
    assert.equal(ringsAt(properties, { [came]: times(96, none), [taken]: times(96, none) }), none, 'a night');
    assert.equal(ringsAt(properties, { [came]: [1, none, 1, none], [taken]: [none, 1, none, 1] }), none, 'what is taken in the next period');
  });
}

test('every reader of a stream has such an alarm, which rings before half the stream\'s retention is over', () => {
  const functions = resources('AWS::Lambda::EventSourceMapping').filter(([, { StartingPosition }]) => StartingPosition);
  const watched = resources('AWS::CloudWatch::Alarm').map(([, properties]) => JSON.stringify(properties.Metrics ?? []));
  for (const [id, { MetricsConfig }] of functions) {
    assert.deepEqual(MetricsConfig, { Metrics: ['EventCount'] }, 'Lambda counts what it took only where it is told to');
    assert.equal(watched.filter((text) => text.includes(`{"Name":"EventSourceMappingUUID","Value":{"Ref":"${id}"}}`)).length, 1, id);
  }
  const deliveries = resources('AWS::KinesisFirehose::DeliveryStream').filter(([, { KinesisStreamSourceConfiguration }]) => KinesisStreamSourceConfiguration);
  assert.equal(functions.length + deliveries.length, 8);
  for (const [, { DeliveryStreamName }] of deliveries) {
    assert.equal(watched.filter((text) => text.includes('DataReadFromKinesisStream.Records') && text.includes(DeliveryStreamName)).length, 1);
  }
  // A reader that stops on a Friday evening, as the last call ends, is told of on Monday morning: 65 hours, and the alarm's own time.
  const [weekend, names] = [65 * 3600, READERS.slice(0, 8).map(([name]) => name)];
  for (const [, { RetentionPeriodHours }] of Object.entries(template(SAMPLE).findResources('AWS::Kinesis::Stream')).map(([id, { Properties }]) => [id, Properties] as const)) {
    for (const name of names) assert.ok(weekend + secondsToRing(alarm(full, name)) < (RetentionPeriodHours * 3600) / 2, name);
  }
});

test('the snapshots of adherence ring when none comes, whatever keeps them', () => {
  const properties = alarm(full, 'rta-snapshot-missing');
  assert.equal(ringsAt(properties, { SnapshotsSent: times(8, none) }), 1);
  assert.equal(ringsAt(properties, { SnapshotsSent: times(8, 0) }), 1);
  assert.equal(ringsAt(properties, { SnapshotsSent: [3, 3, 0, 3, 3] }), none);
});

test('a call that Scheduler could not make is put aside', () => {
  const schedules = resources('AWS::Scheduler::Schedule');
  assert.equal(schedules.length, 7);
  for (const [, { Target }] of schedules) assert.match(JSON.stringify(Target.DeadLetterConfig), /MissedCalls/);
  assert.ok(alarm(full, 'schedules-dead-letters'));
  const roles = Object.values(full.findResources('AWS::IAM::Policy')).flatMap(({ Properties }) => Properties.PolicyDocument.Statement)
    .filter(({ Action, Resource }) => Action === 'sqs:SendMessage' && JSON.stringify(Resource).includes('MissedCalls'));
  assert.equal(roles.length, schedules.length, 'each schedule\'s role may put it there');
});

/** An alarm on a share of failures, by the metrics of what failed and of all or the rest. */
const SHARES: [name: string, failed: string, succeeded: string, of: 'all' | 'rest'][] = [
  ['lookups-failed', 'LookupsFailed', 'CallersKnown', 'rest'],
  ['contact-flow-answers', 'FlowErrors', 'FlowLookups', 'rest'],
  ['caller-api-failures', '5xx', 'Count', 'all'],
];

for (const [name, failed, succeeded, of] of SHARES) {
  test(`${name}: a share, of a contact an hour as of ten thousand`, () => {
    const properties = alarm(full, name);
    const figures = (...failures: [failed: number | undefined, all: number | undefined][]) => ({
      [failed]: failures.map(([bad]) => bad),
      [succeeded]: failures.map(([bad = 0, all]) => (all === undefined ? all : of === 'all' ? all : all - bad)),
    });
    const hour = (bad: number): [number | undefined, number | undefined][] => [[bad, 1], [none, none], [none, none], [none, none]];
    assert.equal(periodOf(properties), 900);
    assert.equal(ringsAt(properties, figures(...hour(1), ...hour(1))), 4, 'a small centre where all fails: at the second');
    assert.equal(ringsAt(properties, figures(...hour(1), ...hour(0), ...hour(0), ...hour(1))), none, 'two failures hours apart');
    assert.equal(ringsAt(properties, figures(...times(96, [5, 2500] as [number, number]))), none, 'a large one where one of 500 fails');
    assert.equal(ringsAt(properties, figures([0, 2500], [2500, 2500], [2500, 2500])), 2, 'and where all fails');
  });
}

/** Days from a Monday on. */
const week = (...days: (number | undefined)[]) => ({ IncomingRecords: days });

test('silence of Connect rings after two workdays, and not for a weekend', () => {
  const workweek = alarm(full, 'agent-events-silent');
  for (const busy of [30, 900_000]) {
    const normal = [busy, busy, busy, busy, busy, none, none];
    assert.equal(ringsAt(workweek, week(...normal, ...normal, ...normal)), none, 'Monday to Friday');
    assert.equal(ringsAt(workweek, week(...normal, none, busy, busy, busy, busy, none, none)), none, 'a holiday');
    assert.equal(ringsAt(workweek, week(busy, none, none, none, none, none, none)), 2, 'stopped on a Tuesday');
    assert.equal(ringsAt(workweek, week(busy, busy, busy, busy, none, none, none, none)), 7, 'stopped on a Friday: told on Tuesday');
  }
});

test('a centre that works each day hears of two days of silence', () => {
  const always = alarm(template(SAMPLE), 'contact-trace-records-silent');
  assert.equal(ringsAt(always, week(5, 5, none, none, 5)), 3);
  assert.equal(ringsAt(always, week(5, 5, none, 5, none, 5)), none);
});

test('every set of workdays makes an alarm that CloudWatch takes, and that rings', () => {
  for (const workdays of [['WED'], ['MON', 'FRI'], ['TUE', 'WED', 'THU', 'FRI', 'SAT', 'SUN'], ['SAT', 'SUN']]) {
    const properties = alarm(template(SAMPLE, { workdays }), 'agent-events-silent');
    assert.ok(properties.EvaluationPeriods * 86_400 <= 604_800, 'CloudWatch looks back a week');
    assert.notEqual(ringsAt(properties, week(...times(28, none))), none, String(workdays));
    const worked = (_: unknown, at: number) => (workdays.includes(['MON', 'TUE', 'WED', 'THU', 'FRI', 'SAT', 'SUN'][at % 7]!) ? 1 : none);
    assert.equal(ringsAt(properties, week(...times(28, none).map(worked))), none, String(workdays));
  }
});

test('what tells of a failure does not hang on the key that fails', () => {
  full.resourceCountIs('AWS::SNS::Topic', 1);
  full.resourcePropertiesCountIs('AWS::SNS::Topic', { KmsMasterKeyId: Match.anyValue() }, 0);
  for (const [, { QueueName, KmsMasterKeyId, SqsManagedSseEnabled }] of resources('AWS::SQS::Queue')) {
    if (!QueueName.endsWith('-dlq')) continue;
    assert.deepEqual([KmsMasterKeyId, SqsManagedSseEnabled], [undefined, true], QueueName);
  }
});

test('on the emulator an alarm that is an expression elsewhere is a count, or not there', () => {
  for (const { Properties } of Object.values(template(EMULATOR).findResources('AWS::CloudWatch::Alarm'))) {
    assert.equal(Properties.Metrics, undefined, Properties.AlarmName);
  }
});
