/** A schedule of EventBridge Scheduler that invokes a function with the same event each time. */
import type { Duration } from 'aws-cdk-lib';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { CfnSchedule } from 'aws-cdk-lib/aws-scheduler';
import { Construct } from 'constructs';
import type { Foundation } from './foundation.ts';
import type { ServiceFunction } from './service-function.ts';
import { serviceRole } from './service-role.ts';

/** In an event, Scheduler replaces this with the scheduled time, as 2026-11-02T10:15:00Z, so that the function can tell that it is late. */
export const SCHEDULED_TIME = '<aws.scheduler.scheduled-time>';

export interface ScheduledCallProps {
  readonly foundation: Foundation;
  /** Names the schedule `PREFIX-NAME`. */
  readonly name: string;
  /** The call is asynchronous, so the function should have a destination for failures. */
  readonly target: ServiceFunction;
  /** In whole minutes. */
  readonly every: Duration;
  readonly event: object;
}

export class ScheduledCall extends Construct {
  constructor(scope: Construct, id: string, { foundation, name, target, every, event }: ScheduledCallProps) {
    super(scope, id);
    const role = serviceRole(this, 'Role', 'scheduler.amazonaws.com');
    const { missedCalls } = foundation;
    role.addToPolicy(new PolicyStatement({ actions: ['lambda:InvokeFunction'], resources: [target.function.functionArn] }));
    role.addToPolicy(new PolicyStatement({ actions: ['sqs:SendMessage'], resources: [missedCalls.queueArn] }));
    const minutes = every.toMinutes();
    const schedule = new CfnSchedule(this, 'Resource', {
      name: `${foundation.prefix}-${name}`,
      scheduleExpression: `rate(${minutes} minute${minutes === 1 ? '' : 's'})`,
      flexibleTimeWindow: { mode: 'OFF' },
      target: {
        arn: target.function.functionArn,
        roleArn: role.roleArn,
        input: JSON.stringify(event),
        // The next call comes soon; a missed one still raises an alarm.
        deadLetterConfig: { arn: missedCalls.queueArn },
        retryPolicy: { maximumRetryAttempts: 2, maximumEventAgeInSeconds: Math.max(60, every.toSeconds()) },
      },
    });
    schedule.node.addDependency(role);
  }
}
