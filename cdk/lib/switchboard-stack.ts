/**
 * One deployment of Switchboard: the foundation, what several capabilities read, and a line for each capability.
 *
 * # How a capability plugs in
 * 1. config.ts: a schema for its section, optional in the config. No section: it is off.
 * 2. platform/functions.ts: its functions, with the measurement that chose their memory.
 * 3. lib/NAME/NAME.ts: one construct. Its props are the {@link Foundation}, the resources it reads and its settings. It makes its functions with
 *    {@link ServiceFunction}, queues with {@link QueueWithDlq}, stream readers with {@link StreamSource} (their alarms come along), adds
 *    alarms of its own with `foundation.alarms.add` (sections of docs/RUNBOOK.md are listed in platform/alarms.ts), and ends with
 *    `foundation.dashboard.addRow(title, graphs)`. Rights: exact actions on exact resources by `ServiceFunction.allow`; customer data is encrypted with
 *    `foundation.key`, and what reads it needs the key (`grantKeyUse`); a service that puts messages into a queue, too (`permitService`).
 *    What there is once for each instance is made in `instance.within(this)`: another instance's is in a nested stack.
 * 4. Here: one line in {@link SwitchboardStack}.
 * 5. platform/emulator.ts: only if the emulator refuses something.
 * 6. test/NAME/: assertions in NAME.test.ts; then `npm run golden`, and read the diff. cdk-nag runs over all that is there.
 */
import { App, Fn, Stack } from 'aws-cdk-lib';
import { Construct } from 'constructs';
import recommendedFlags from 'aws-cdk-lib/recommended-feature-flags.json' with { type: 'json' };
import { Board } from './board/board.ts';
import { CallerApi } from './callers/caller-api.ts';
import { CallersTable } from './callers/callers-table.ts';
import type { Config } from './config.ts';
import { ContactEvents } from './contacts/contact-events.ts';
import { Contacts } from './contacts/contacts.ts';
import { synthesizer } from './platform/emulator.ts';
import { Enrichment } from './enrichment/enrichment.ts';
import { Foundation } from './platform/foundation.ts';
import { HttpApi } from './platform/http-api.ts';
import { type Instance, instances, withReplicas } from './platform/instance.ts';
import { Metrics } from './metrics/metrics.ts';
import { QuickSight } from './metrics/quicksight.ts';
import { DATA_SETS } from './metrics/quicksight-datasets.ts';
import { RECORD_DATA_SETS } from './records/quicksight-datasets.ts';
import { Reconciliation } from './records/reconciliation.ts';
import { RecordTables } from './records/record-tables.ts';
import { Records } from './records/records.ts';
import type { Requirements } from './platform/requirements.ts';
import { Rta } from './rta/rta.ts';
import { StreamReader } from './rta/stream-reader.ts';
import { Sources } from './sources/sources.ts';
import { Workforce } from './workforce/workforce.ts';

/** An app whose constructs are all as CDK makes them today, whatever it did in earlier versions. */
export function newApp(): App {
  return new App({ postCliContext: recommendedFlags });
}

export class SwitchboardStack extends Stack {
  /** What things that were there before must allow; a person is to be told before the deployment. */
  readonly requirements: Requirements;

  constructor(app: App, config: Config, now = new Date()) {
    super(app, ['Switchboard', config.environment, ...(config.name ? [config.name] : [])].join('-'), {
      env: { account: config.account, region: config.region },
      description: `Switchboard (${config.environment}): Amazon Connect's data, delivered`,
      synthesizer: synthesizer(config),
    });
    const foundation = new Foundation(this, 'Foundation', { config, now });
    this.requirements = foundation.requirements;
    const all = instances(this, config);
    const sources = this.addCapabilities(foundation, all);
    all.forEach((instance) => foundation.dashboard.addInstance(instance));
    // All but what the check itself needs, and the capabilities that have calls of their own: one function makes all calls, and needs theirs first.
    const earlier = this.node.children.filter((child) => child === foundation || child === sources || child instanceof Metrics || child instanceof RecordTables);
    const others = this.node.children.filter((child) => child instanceof Construct && !earlier.includes(child) && !child.node.id.startsWith('AWSCDK.'));
    sources.recordBucket?.checkBefore(others);
  }

  /** The region's first zones, whatever their names: CDK would ask the account for them, and could not while it is offline. */
  override get availabilityZones(): string[] {
    return [0, 1].map((index) => Fn.select(index, Fn.getAzs()));
  }

  private addCapabilities(foundation: Foundation, instances: readonly Instance[]): Sources {
    const { enrichment, workforce, rta, streamReader, contacts, board, metrics, records: rows, quickSight, callerApi } = foundation.config;
    const enrichFromTable = enrichment?.callers === 'table';
    const callers = enrichFromTable || callerApi ? new CallersTable(this, 'Callers', foundation) : undefined;
    const sources = new Sources(this, 'Sources', {
      foundation,
      instances,
      needs: {
        contactRecords: Boolean(enrichment ?? workforce ?? contacts ?? rows),
        agentEvents: Boolean(rta ?? streamReader ?? contacts ?? rows?.agentTime),
        flowLogs: Boolean(contacts),
      },
    });
    const { contactRecords, recordBucket, agentEvents, flowLogs } = sources;
    const served = sources.served();

    const events = sources.contactEvents && (contacts || rows)
      ? new ContactEvents(this, 'ContactEvents', {
        foundation, instances, bus: sources.contactEvents, contactRecords: contactRecords?.stream, simulatedSource: contacts?.simulatedSource,
      }) : undefined;
    const records = (contactRecords ?? recordBucket) && (enrichment || workforce || rows)
      ? new Records(this, 'Records', { foundation, contactRecords, agentEvents: rows?.agentTime ? agentEvents : undefined }) : undefined;

    if (records) {
      if (enrichment && contactRecords) {
        new Enrichment(this, 'Enrichment', {
          foundation, contactRecords, served, records, callers: enrichFromTable ? callers : undefined, settings: enrichment,
        });
      }
      if (workforce) new Workforce(this, 'Workforce', { foundation, instances, served, records, recordBucket, settings: workforce });
    }
    let feeds: Rta[] = [];
    let live: Board | undefined;
    let kept: Contacts | undefined;
    if (agentEvents) {
      const readers = [streamReader, contacts, rows, rows?.agentTime].filter(Boolean).length;
      feeds = [...(rta ? instances : []).entries()].map(([at, instance]) =>
        new Rta(instance.within(this), `Rta${instance.suffix}`, {
          foundation, agentEvents, instance, served: sources.servedAlone(instance), others: at && readers + at, settings: rta!,
        }));
      if (streamReader) new StreamReader(this, 'StreamReader', { foundation, agentEvents, settings: streamReader });
    }
    if (contacts) {
      kept = new Contacts(this, 'Contacts', {
        foundation, instances, contactRecords, recordBucket, agentEvents, contactEvents: events, flowLogs, served, settings: contacts,
      });
      // A simulated centre has an instance of its own.
      const named = withReplicas(instances, foundation.config);
      const shown = contacts.simulatedSource || named.length === 1 ? [] : named;
      if (board) live = new Board(this, 'Board', { foundation, instances: shown, contacts: kept.contacts, feeds, settings: board });
    }
    if (metrics || callerApi) {
      const api = new HttpApi(this, 'Api', foundation);
      if (callers && callerApi) new CallerApi(this, 'CallerApi', { foundation, api, callers });
      if (metrics) {
        const { database, migration } = new Metrics(this, 'Metrics', { foundation, instances, api, settings: metrics });
        const rowsOf = contactRecords ?? recordBucket;
        live?.readFigures(database, { hasRecords: Boolean(rows && records && rowsOf) });
        if (rows && records && rowsOf) {
          new RecordTables(this, 'RecordTables', {
            foundation, instances, database, metricsMigration: migration, records, contactRecords: rowsOf, contactEvents: events, settings: rows,
            // Their stream is read by the raw copy, too.
            agentEvents: rows.agentTime && agentEvents ? { source: agentEvents, others: (rta ? instances.length : 0) + [streamReader, contacts, rows].filter(Boolean).length } : undefined,
          });
          for (const instance of instances) {
            new Reconciliation(instance.within(this), `Reconciliation${instance.suffix}`, { foundation, instance, database, contacts: flowLogs && kept?.contacts, settings: rows });
          }
        }
        const dataSets = [...DATA_SETS, ...(rows ? RECORD_DATA_SETS : [])];
        if (quickSight) new QuickSight(this, 'QuickSight', { foundation, database, dataSets, settings: quickSight });
      }
    }
    // Once all capabilities have made theirs.
    live?.countDeadLetters();
    return sources;
  }
}
