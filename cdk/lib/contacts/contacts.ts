/** Contact status: the live status and the journey of each contact, from four sources. */
import { Duration, Stack } from 'aws-cdk-lib';
import { CfnIntegrationAssociation } from 'aws-cdk-lib/aws-connect';
import { ServicePrincipal } from 'aws-cdk-lib/aws-iam';
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
import { isSameStream, type RecordStream } from '../platform/record-stream.ts';
import { StreamSource, type StreamSourceProps } from '../platform/stream-source.ts';
import type { RecordBucket } from '../sources/record-bucket.ts';
import type { FlowLogSource } from '../sources/sources.ts';

const TIMEOUT = Duration.minutes(1);

export interface ContactsProps {
  readonly foundation: Foundation;
  readonly instances: readonly Instance[];
  /** The sources, each of which may be off. */
  readonly contactRecords: RecordStream | undefined;
  readonly recordBucket: RecordBucket | undefined;
  readonly agentEvents: RecordStream | undefined;
  readonly contactEvents: ContactEvents | undefined;
  readonly flowLogs: FlowLogSource | undefined;
  /** The setting that names the instances whose contacts are followed, where others' records come, too. */
  readonly served: Record<string, string>;
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
    const { foundation, instances, settings } = props;
    this.contacts = new ContactsTable(this, 'Contacts', foundation);
    this.status = this.makeStatus();
    this.flow = this.makeFlow();
    const events = new QueueWithDlq(this, 'Events', {
      foundation, name: 'contact-events', functionTimeout: TIMEOUT, lateAfter: Duration.minutes(5), holdsOnlyCopies: true,
    });
    props.contactEvents?.deliverTo(events);
    // The events of one contact in one batch share a write; one second of delay is acceptable for a status.
    events.addConsumer(this.status, { size: 100, window: Duration.seconds(1) });
    this.readStreams();
    if (props.recordBucket) this.readObjects(props.recordBucket);
    if (props.flowLogs === 'subscription') {
      for (const instance of instances) new FlowLogs(instance.within(this), `FlowLogs${instance.suffix}`, { foundation, instance, target: this.status });
    }
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
      environment: { ...this.environment(), ...this.props.served },
      onFailure: deadLetterQueue(this, 'FlowLogFailures', { foundation, name: 'contact-flow-logs' }),
    });
    this.contacts.grantWrite(status);
    return status;
  }

  private makeFlow(): ServiceFunction {
    const { foundation, instances } = this.props;
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
    for (const instance of instances) {
      const { arn, suffix } = instance;
      flow.function.addPermission(`Connect${suffix}`, {
        principal: new ServicePrincipal('connect.amazonaws.com'), sourceAccount: account, sourceArn: arn, scope: instance.within(flow.function),
      });
      if (!hasConnect(foundation.config)) continue;
      // Flow designers then find the function in their list.
      new CfnIntegrationAssociation(instance.within(this), `FlowAssociation${suffix}`, {
        instanceId: arn, integrationType: 'LAMBDA_FUNCTION', integrationArn: flow.function.functionArn,
      });
    }
    return flow;
  }

  private environment(): Record<string, string> {
    return { CONTACTS: this.contacts.url, CONTACT_RETENTION_MINUTES: String(this.props.settings.retentionMinutes) };
  }

  private readStreams(): void {
    const { foundation, agentEvents, contactRecords, flowLogs } = this.props;
    this.read('AgentEvents', 'contact-agents', agentEvents, { size: 500, window: Duration.seconds(foundation.config.board ? 1 : 2) });
    // They arrive a minute or more after the contact's end.
    if (!isSameStream(contactRecords, agentEvents)) this.read('ContactRecords', 'contact-records', contactRecords, { size: 100, window: Duration.seconds(20) });
    if (flowLogs !== 'subscription' && ![agentEvents, contactRecords].some((source) => isSameStream(flowLogs, source))) this.read('FlowLogLines', 'contact-flow-log-lines', flowLogs, { size: 100, window: Duration.seconds(2) });
    this.status.grantKeyUse();
  }

  private readObjects(bucket: RecordBucket): void {
    const { foundation } = this.props;
    const objects = new QueueWithDlq(this, 'RecordObjects', {
      foundation, name: 'contact-record-objects', functionTimeout: TIMEOUT, lateAfter: Duration.hours(1),
    });
    bucket.deliverTo(objects);
    bucket.grantRead(this.status);
    // An object may have the records of fifteen minutes, and each is a write.
    objects.addConsumer(this.status, { size: 1, concurrency: 2 });
  }

  private read(id: string, name: string, source: RecordStream | undefined, batch: StreamSourceProps['batch']): void {
    if (source) new StreamSource(this, id, { foundation: this.props.foundation, name, source, target: this.status, batch });
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
