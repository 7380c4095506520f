/** Contact status: the live status and the journey of each contact, from four sources. */
import { Duration, Stack } from 'aws-cdk-lib';
import { CfnIntegrationAssociation } from 'aws-cdk-lib/aws-connect';
import { ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { IStream } from 'aws-cdk-lib/aws-kinesis';
import { Construct } from 'constructs';
import type { Config } from '../config.ts';
import { ContactArchive } from './contact-archive.ts';
import type { ContactEvents } from './contact-events.ts';
import { ContactsTable } from './contacts-table.ts';
import { hasConnect } from '../platform/emulator.ts';
import { FlowLogs } from './flow-logs.ts';
import type { Foundation } from '../platform/foundation.ts';
import type { Instance } from '../platform/instance.ts';
import { failureShare } from '../platform/alarm-metrics.ts';
import { deadLetterQueue, QueueWithDlq } from '../platform/queue-with-dlq.ts';
import { ServiceFunction } from '../platform/service-function.ts';
import { StreamSource } from '../platform/stream-source.ts';

const TIMEOUT = Duration.minutes(1);

export interface ContactsProps {
  readonly foundation: Foundation;
  readonly instance: Instance;
  readonly contactRecords: IStream;
  readonly agentEvents: IStream;
  readonly contactEvents: ContactEvents;
  readonly settings: NonNullable<Config['contacts']>;
}

export class Contacts extends Construct {
  readonly contacts: ContactsTable;
  readonly status: ServiceFunction;
  readonly flow: ServiceFunction;
  private readonly props: ContactsProps;

  constructor(scope: Construct, id: string, props: ContactsProps) {
    super(scope, id);
    this.props = props;
    const { foundation, instance, settings } = props;
    this.contacts = new ContactsTable(this, 'Contacts', foundation);
    this.status = this.makeStatus();
    this.flow = this.makeFlow();
    const events = new QueueWithDlq(this, 'Events', {
      foundation, name: 'contact-events', functionTimeout: TIMEOUT, lateAfter: Duration.minutes(5), holdsOnlyCopies: true,
    });
    props.contactEvents.deliverTo(events);
    // The events of one contact in one batch share a write; one second of delay is acceptable for a status.
    events.addConsumer(this.status, { size: 100, window: Duration.seconds(1) });
    this.readStreams();
    new FlowLogs(this, 'FlowLogs', { foundation, instance, target: this.status });
    const archive = new ContactArchive(this, 'Archive', { foundation, table: this.contacts.table, expireDays: settings.archiveExpireDays });
    this.addMonitoring(events, archive);
  }

  private makeStatus(): ServiceFunction {
    const { foundation } = this.props;
    const status = new ServiceFunction(this, 'Status', {
      foundation,
      binary: 'contact-status',
      description: 'Contact events, flow logs, agent events and contact records to the status and journey of each contact',
      timeout: TIMEOUT,
      environment: this.environment(),
      onFailure: deadLetterQueue(this, 'FlowLogFailures', { foundation, name: 'contact-flow-logs' }),
    });
    this.contacts.grantWrite(status);
    return status;
  }

  private makeFlow(): ServiceFunction {
    const { foundation, instance } = this.props;
    const flow = new ServiceFunction(this, 'Flow', {
      foundation,
      binary: 'contact-flow',
      description: 'Contact flows call it to record data on a contact and to look up what the customer did before',
      // Connect waits for eight seconds at most, and the function answers within two and a half.
      timeout: Duration.seconds(8),
      environment: this.environment(),
    });
    this.contacts.grantWrite(flow);
    this.contacts.grantRead(flow);
    const { account } = Stack.of(this);
    flow.function.addPermission('Connect', {
      principal: new ServicePrincipal('connect.amazonaws.com'), sourceAccount: account, sourceArn: instance.arn,
    });
    if (hasConnect(foundation.config)) {
      // Flow designers then find the function in their list.
      new CfnIntegrationAssociation(this, 'FlowAssociation', {
        instanceId: instance.arn, integrationType: 'LAMBDA_FUNCTION', integrationArn: flow.function.functionArn,
      });
    }
    return flow;
  }

  private environment(): Record<string, string> {
    return { CONTACTS: this.contacts.url, CONTACT_RETENTION_MINUTES: String(this.props.settings.retentionMinutes) };
  }

  private readStreams(): void {
    const { foundation, agentEvents, contactRecords } = this.props;
    const target = this.status;
    new StreamSource(this, 'AgentEvents', {
      foundation, name: 'contact-agents', stream: agentEvents, target, batch: { size: 500, window: Duration.seconds(foundation.config.board ? 1 : 2) },
    });
    // They arrive a minute or more after the contact's end.
    new StreamSource(this, 'ContactRecords', {
      foundation, name: 'contact-records', stream: contactRecords, target, batch: { size: 100, window: Duration.seconds(20) },
    });
    target.grantKeyUse();
  }

  private addMonitoring(events: QueueWithDlq, archive: ContactArchive): void {
    const { alarms, config, dashboard } = this.props.foundation;
    alarms.add(this, 'contact-flow-answers', {
      ...failureShare(config, {
        failed: this.flow.count('FlowErrors'), others: ['FlowDataRecorded', 'FlowLookups'].map((name) => this.flow.count(name)),
      }),
      meaning: '20 % or more of the requests of contact flows were answered with an error, in two 15-minute periods within two hours.',
      runbook: 'flow-errors',
    });
    const count = (name: string) => this.status.count(name);
    dashboard.addRow('Contact status', [
      events.graph(),
      this.status.graph(),
      this.status.ageGraph(),
      { title: 'contacts', left: [count('ContactsWritten')], right: [count('ContactsFailed'), count('RejectedNotAnEvent')] },
      this.flow.graph(),
      archive.graph(),
    ]);
  }
}
