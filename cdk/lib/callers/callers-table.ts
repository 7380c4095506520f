/** The table of callers, for a centre whose directory is in DynamoDB: partition key `Phone` (E.164), attribute `Name`. */
import { CfnOutput, RemovalPolicy } from 'aws-cdk-lib';
import { AttributeType, BillingMode, Table, TableEncryption } from 'aws-cdk-lib/aws-dynamodb';
import { Construct } from 'constructs';
import type { Foundation } from '../platform/foundation.ts';

export class CallersTable extends Construct {
  readonly table: Table;
  /** The table's URL: the setting `CALLERS` of the functions that read it. */
  readonly url: string;

  constructor(scope: Construct, id: string, { key }: Foundation) {
    super(scope, id);
    this.table = new Table(this, 'Table', {
      partitionKey: { name: 'Phone', type: AttributeType.STRING },
      billingMode: BillingMode.PAY_PER_REQUEST,
      encryption: TableEncryption.CUSTOMER_MANAGED,
      encryptionKey: key,
      pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
      removalPolicy: RemovalPolicy.RETAIN,
    });
    new CfnOutput(this, 'TableName', { value: this.table.tableName });
    this.url = `dynamodb://${this.table.tableName}`;
  }
}
