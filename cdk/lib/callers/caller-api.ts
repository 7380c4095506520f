/** The directory of callers over HTTP: `GET /api/user/{phone}`, for a centre without a CRM API. */
import { Duration } from 'aws-cdk-lib';
import { Construct } from 'constructs';
import type { CallersTable } from './callers-table.ts';
import type { Foundation } from '../platform/foundation.ts';
import type { HttpApi } from '../platform/http-api.ts';
import { ServiceFunction } from '../platform/service-function.ts';

const PATH = '/api/user/{phone}';

export interface CallerApiProps {
  readonly foundation: Foundation;
  readonly api: HttpApi;
  readonly callers: CallersTable;
}

export class CallerApi extends Construct {
  readonly function: ServiceFunction;

  constructor(scope: Construct, id: string, { foundation, api, callers }: CallerApiProps) {
    super(scope, id);
    this.function = new ServiceFunction(this, 'Function', {
      foundation,
      binary: 'caller-api',
      description: 'GET /api/user/{phone}: who is calling',
      timeout: Duration.seconds(10),
      environment: { CALLERS: callers.url },
    });
    this.function.allow(['dynamodb:BatchGetItem'], [callers.table.tableArn]);
    this.function.grantDecrypt();
    api.get(PATH, this.function);
    foundation.alarms.add(this, 'caller-api-failures', {
      ...api.failureShare(PATH),
      meaning: 'The directory of callers answered 20 % or more of its requests with 5xx, in two 15-minute periods within two hours.',
      runbook: 'function-errors',
    });
    foundation.dashboard.addRow('Directory of callers', [this.function.graph()]);
  }
}
