/** Enrichment: contact records get their caller's name on the way to the search index. */
import { Duration } from 'aws-cdk-lib';
import { type IMetric, MathExpression } from 'aws-cdk-lib/aws-cloudwatch';
import { Construct } from 'constructs';
import type { CallersTable } from '../callers/callers-table.ts';
import type { Config } from '../config.ts';
import { DeliveryStream } from '../platform/delivery-stream.ts';
import { hasMetricMath } from '../platform/emulator.ts';
import { dailyPrefix, PREFIX } from '../records/bucket-prefixes.ts';
import type { Foundation } from '../platform/foundation.ts';
import { failureShare } from '../platform/alarm-metrics.ts';
import type { RecordStream } from '../platform/record-stream.ts';
import type { Records } from '../records/records.ts';
import { SearchDomain } from './search-domain.ts';
import { SearchSetup } from './search-setup.ts';
import { ServiceFunction } from '../platform/service-function.ts';

/** The alias of the index that search/index-template.json is for. */
const INDEX = 'connect';

export interface EnrichmentProps {
  readonly foundation: Foundation;
  readonly contactRecords: RecordStream;
  /** The setting that names the instances whose records are enriched, where others' come, too. */
  readonly served: Record<string, string>;
  readonly records: Records;
  /** There if the settings say `"callers": "table"`. */
  readonly callers: CallersTable | undefined;
  readonly settings: NonNullable<Config['enrichment']>;
}

export class Enrichment extends Construct {
  readonly enrich: ServiceFunction;
  readonly delivery: DeliveryStream;

  constructor(scope: Construct, id: string, { foundation, contactRecords, served, records, callers, settings }: EnrichmentProps) {
    super(scope, id);
    this.enrich = new ServiceFunction(this, 'Enrich', {
      foundation,
      binary: 'ctr-enrich',
      description: 'The Firehose transformation that gives contact records their caller\'s name',
      // Firehose waits for five minutes at most, and the lookups end in time whatever the directory does.
      timeout: Duration.minutes(2),
      environment: { ...directory(settings.callers, callers), ...served, ...(contactRecords.reading !== 'whole' && { REQUEUE: 'off' }) },
      inVpc: typeof settings.callers === 'object',
      // Firehose retries a batch three times, then writes it below processing-failed/.
      alarmOnFirstError: true,
    });
    this.permit(contactRecords, callers, settings);
    this.delivery = new DeliveryStream(this, 'Delivery', {
      foundation, name: 'enriched', source: contactRecords, bucket: records.bucket, folder: dailyPrefix(PREFIX.enriched),
      roleName: foundation.roleName('enriched'),
    });
    this.deliver(foundation, settings);
    this.addMonitoring(foundation);
  }

  private deliver(foundation: Foundation, { search, searchExpireDays: expireDays }: EnrichmentProps['settings']): void {
    if (!search) {
      this.delivery.toBucket(this.enrich);
      return;
    }
    const domain = search === 'create'
      ? new SearchDomain(this, 'Search', { foundation, writer: this.delivery.role })
      : { arn: search.domainArn, url: search.endpoint };
    const setup = new SearchSetup(this, 'SearchSetup', { foundation, domain, expireDays });
    if (domain instanceof SearchDomain) domain.grantSetup(setup.function);
    setup.before(this.delivery.toSearch({ domainArn: domain.arn, name: INDEX }, this.enrich));
  }

  private permit({ stream, reading }: RecordStream, callers: CallersTable | undefined, settings: EnrichmentProps['settings']): void {
    // Records that exceed the response limit are requeued on the stream, unless others read it, too: there they are put aside.
    if (reading === 'whole') this.enrich.allow(['kinesis:PutRecords'], [stream.streamArn]);
    this.enrich.grantKeyUse();
    if (callers) this.enrich.allow(['dynamodb:BatchGetItem'], [callers.table.tableArn]);
    if (typeof settings.callers === 'object' && settings.callers.secretArn) {
      this.enrich.grantSecretRead(settings.callers.secretArn);
    }
  }

  private addMonitoring({ alarms, config, dashboard }: Foundation): void {
    const count = (name: string) => this.enrich.count(name);
    const failed = count('LookupsFailed');
    alarms.add(this, 'lookups-failed', {
      ...failureShare(config, { failed, others: [count('CallersKnown'), count('CallersUnknown')] }),
      meaning: '20 % or more of the caller lookups failed, in two 15-minute periods within two hours; those records are delivered without names.',
      runbook: 'lookups-failed',
    });
    if (hasMetricMath(config)) {
      alarms.add(this, 'ctr-enrich-rejected', {
        metric: rejected(this.enrich),
        threshold: 1,
        meaning: 'Contact records could not be enriched; they are in the records bucket under failed/enriched/processing-failed/.',
        runbook: 'records-rejected',
      });
    }
    dashboard.addRow('Enrichment', [
      this.delivery.graph(),
      this.enrich.graph(),
      { title: 'callers', left: [count('CallersKnown'), count('CallersUnknown'), failed] },
    ]);
  }
}

/** The settings that say where callers are looked up. */
function directory(callers: EnrichmentProps['settings']['callers'], table: CallersTable | undefined): Record<string, string> {
  if (!callers) return {};
  if (callers !== 'table') {
    return { CALLERS: callers.url, ...(callers.secretArn && { CALLERS_SECRET: `secretsmanager://${callers.secretArn}` }) };
  }
  if (!table) throw new Error('enrichment looks callers up in the table, but was given none');
  return { CALLERS: table.url };
}

/** The number of rejected records, whatever the reason. */
function rejected(enrich: ServiceFunction): IMetric {
  const reasons = ['RejectedNotBase64', 'RejectedGzip', 'RejectedNotJson', 'RejectedNotACtr', 'RejectedTooLarge', 'RejectedPanic', 'RequeuesFailed'];
  const usingMetrics = Object.fromEntries(reasons.map((name, i) => [`reason${i}`, enrich.count(name)]));
  return new MathExpression({ expression: 'SUM(METRICS())', label: 'rejected', usingMetrics });
}
