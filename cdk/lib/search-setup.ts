/** What the search index needs before its first document: search/ingest-pipeline.json and search/index-template.json, put while deploying. */
import { Duration } from 'aws-cdk-lib';
import { Construct } from 'constructs';
import { DeploymentCall } from './deployment-call.ts';
import type { Foundation } from './foundation.ts';
import { ServiceFunction } from './service-function.ts';

/** A domain that is new may take minutes to know a role that is new; the function tries until then. */
const TIMEOUT = Duration.minutes(5);

/** What the function puts, and nothing else. It was compiled into it: what changes here comes with a new binary. */
const PATHS = ['_ingest/pipeline/contact-records', '_index_template/contact-records'];

export interface SearchSetupProps {
  readonly foundation: Foundation;
  /** The domain that is there or made before. */
  readonly domain: { readonly arn: string; readonly url: string };
}

export class SearchSetup extends Construct {
  readonly function: ServiceFunction;
  private readonly foundation: Foundation;

  constructor(scope: Construct, id: string, { foundation, domain }: SearchSetupProps) {
    super(scope, id);
    this.foundation = foundation;
    this.function = new ServiceFunction(this, 'Function', {
      foundation,
      binary: 'search-setup',
      description: 'Puts the ingest pipeline and the index template into the search domain, once for each deployment that changes them',
      timeout: TIMEOUT,
      environment: { SEARCH_URL: domain.url },
      // A domain with access control of its own must let it in before it is made.
      roleName: foundation.roleName('search-setup'),
    });
    this.function.may(['es:ESHttpPut'], setupPaths(domain.arn));
  }

  /** Has the function called before this is made: an index keeps the types that it had for its first document. */
  before(...others: Construct[]): void {
    new DeploymentCall(this, 'Call', {
      foundation: this.foundation, target: this.function, timeout: TIMEOUT.plus(Duration.seconds(10)), after: [], before: others,
    });
  }
}

/** The paths of a domain that the function puts to, as resources of a policy. */
export function setupPaths(domainArn: string): string[] {
  return PATHS.map((path) => `${domainArn}/${path}`);
}
