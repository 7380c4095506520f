/** Where what Connect emits comes from: the one place that tells what is made from what was there. */
import { EventBus, type IEventBus } from 'aws-cdk-lib/aws-events';
import { Construct } from 'constructs';
import { ConnectStream, type Content } from '../platform/connect-stream.ts';
import type { Foundation } from '../platform/foundation.ts';
import { type Instance, withReplicas } from '../platform/instance.ts';
import type { RecordStream } from '../platform/record-stream.ts';
import { ExistingStream } from './existing-stream.ts';
import { RecordBucket } from './record-bucket.ts';
import type { Sources as Settings } from './settings.ts';

/** How the logs of contact flows come: by a subscription that is made, or in a stream that another one feeds. */
export type FlowLogSource = 'subscription' | RecordStream;

export interface SourcesProps {
  readonly foundation: Foundation;
  readonly instances: readonly Instance[];
  /** What capabilities read; the rest is not made. */
  readonly needs: { contactRecords: boolean; agentEvents: boolean; flowLogs: boolean };
}

export class Sources extends Construct {
  /** Contact records in a stream; nothing if they are off, or in a bucket. */
  readonly contactRecords: RecordStream | undefined;
  /** Contact records in a bucket that was there. */
  readonly recordBucket: RecordBucket | undefined;
  readonly agentEvents: RecordStream | undefined;
  readonly flowLogs: FlowLogSource | undefined;
  /** The bus of contact events, or `default`; nothing if they are off. */
  readonly contactEvents: IEventBus | 'default' | undefined;
  private readonly foundation: Foundation;
  private readonly all: readonly Instance[];
  private readonly stack: Construct;

  constructor(scope: Construct, id: string, { foundation, instances, needs }: SourcesProps) {
    super(scope, id);
    this.foundation = foundation;
    this.all = instances;
    this.stack = scope;
    const { contactRecords, agentEvents, contactEvents, flowLogs } = foundation.config.sources;
    const isBucket = typeof contactRecords === 'object' && 'bucket' in contactRecords;
    this.contactRecords = needs.contactRecords && !isBucket ? this.stream('ContactRecords', 'CONTACT_TRACE_RECORDS', contactRecords) : undefined;
    this.recordBucket = needs.contactRecords && isBucket ? new RecordBucket(this, 'RecordBucket', { foundation, settings: contactRecords }) : undefined;
    this.agentEvents = needs.agentEvents ? this.stream('AgentEvents', 'AGENT_EVENTS', agentEvents) : undefined;
    this.flowLogs = needs.flowLogs ? this.logs(flowLogs) : undefined;
    this.contactEvents = this.bus(contactEvents);
  }

  /**
   * The setting that makes functions pass over records of instances that the config does not name. A stream that was made has none; what a
   * simulator adds to streams of others has to name one of these.
   */
  served(): Record<string, string> {
    const isShared = [this.contactRecords, this.agentEvents, this.flowLogs].some((source) => typeof source === 'object' && source.reading !== 'whole')
      || typeof this.contactEvents === 'object' || this.recordBucket !== undefined;
    return isShared ? { CONNECT_INSTANCES: this.named(this.all) } : {};
  }

  /** The same for a function of one instance and its replicas: where there are several, their records come together. */
  servedAlone(instance: Instance): Record<string, string> {
    return this.all.length > 1 || 'CONNECT_INSTANCES' in this.served() ? { CONNECT_INSTANCES: this.named([instance]) } : {};
  }

  private named(instances: readonly Instance[]): string {
    return withReplicas(instances, this.foundation.config).map(({ arn }) => arn).join(',');
  }

  private stream(id: string, content: Content, setting: Settings['agentEvents']): RecordStream | undefined {
    const { foundation, all: instances } = this;
    if (setting === 'off') return undefined;
    if (setting === 'create') return new ConnectStream(this.stack, id, { foundation, instances, content });
    return new ExistingStream(this, id, { foundation, name: content.toLowerCase().replaceAll('_', '-'), settings: setting });
  }

  private logs(setting: Settings['flowLogs']): FlowLogSource | undefined {
    if (setting === 'off') return undefined;
    if (setting === 'create') return 'subscription';
    return new ExistingStream(this, 'FlowLogs', { foundation: this.foundation, name: 'contact-flow-logs', settings: setting });
  }

  private bus(setting: Settings['contactEvents']): IEventBus | 'default' | undefined {
    if (setting === 'off') return undefined;
    return setting === 'create' ? 'default' : EventBus.fromEventBusArn(this, 'Bus', setting.busArn);
  }
}
