/** What the search index needs before its first document: search/ingest-pipeline.json and search/index-template.json, put while deploying. */
import { Duration } from 'aws-cdk-lib';
import { TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch';
import { Construct } from 'constructs';
import { DeploymentCall } from '../platform/deployment-call.ts';
import type { Foundation } from '../platform/foundation.ts';
import { deadLetterQueue } from '../platform/queue-with-dlq.ts';
import { ScheduledCall } from '../platform/scheduled-call.ts';
import { ServiceFunction } from '../platform/service-function.ts';

/** A new domain may take minutes to recognise a new role; the function retries until then. */
const TIMEOUT = Duration.minutes(5);

/** What the function asks the domain for, and nothing else. It was compiled into it: what changes here comes with a new binary. */
const REQUESTS = [
  { action: 'es:ESHttpPut', paths: ['_ingest/pipeline/contact-records', '_index_template/contact-records', 'connect-000001'] },
  { action: 'es:ESHttpGet', paths: ['connect'] },
  { action: 'es:ESHttpPost', paths: ['connect/_delete_by_query'] },
];

export interface SearchSetupProps {
  readonly foundation: Foundation;
  /** The domain that is there or made before. */
  readonly domain: { readonly arn: string; readonly url: string };
  /** How long after its contact a document is deleted. */
  readonly expireDays: number;
}

export class SearchSetup extends Construct {
  readonly function: ServiceFunction;
  private readonly foundation: Foundation;

  constructor(scope: Construct, id: string, { foundation, domain, expireDays }: SearchSetupProps) {
    super(scope, id);
    this.foundation = foundation;
    this.function = new ServiceFunction(this, 'Function', {
      foundation,
      binary: 'search-setup',
      description: 'Puts ingest pipeline and index template into the search domain with each deployment that changes them, and has old documents deleted',
      timeout: TIMEOUT,
      environment: { SEARCH_URL: domain.url },
      onFailure: deadLetterQueue(this, 'Failures', { foundation, name: 'search-setup' }),
      // A domain with access control of its own must let it in before it is made.
      roleName: foundation.roleName('search-setup'),
    });
    for (const { actions, resources } of setupRights(domain.arn)) this.function.allow(actions, resources);
    this.expire(expireDays);
  }

  /** Schedules the deletion of expired documents, which hold customers' names and numbers. */
  private expire(days: number): void {
    const { foundation } = this;
    new ScheduledCall(this, 'Expire', {
      foundation, name: 'search-expire', target: this.function, every: Duration.days(1), event: { expire_after_days: days },
    });
    foundation.alarms.add(this, 'search-expire-missing', {
      metric: this.function.function.metricInvocations({ period: Duration.days(1) }),
      below: true,
      threshold: 1,
      periods: 2,
      meaning: 'Expired documents have not been deleted from the search domain for two days.',
      runbook: 'search-domain',
      missing: TreatMissingData.BREACHING,
    });
  }

  /** Has the function called before this is made: an index keeps the types that it had for its first document. */
  before(...others: Construct[]): void {
    new DeploymentCall(this, 'Call', {
      foundation: this.foundation, target: this.function, timeout: TIMEOUT.plus(Duration.seconds(10)), after: [], before: others,
    });
  }
}

/** What the function may do with a domain. */
export function setupRights(domainArn: string): { actions: string[]; resources: string[] }[] {
  return REQUESTS.map(({ action, paths }) => ({ actions: [action], resources: paths.map((path) => `${domainArn}/${path}`) }));
}
