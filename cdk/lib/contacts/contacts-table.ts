/** The table of contacts: a live status and a history for each, which crates/contacts/src/dynamodb.rs describes. */
import { CfnOutput, RemovalPolicy } from 'aws-cdk-lib';
import { AttributeType, BillingMode, ProjectionType, StreamViewType, Table, TableEncryption } from 'aws-cdk-lib/aws-dynamodb';
import { Construct } from 'constructs';
import type { Foundation } from '../platform/foundation.ts';
import type { ServiceFunction } from '../platform/service-function.ts';

const INDEXES = [
  { name: 'ByCustomer', partition: 'Customer_Identifier', sort: 'Began' },
  { name: 'ByChain', partition: 'Connect_InitialContactId', sort: 'Connect_ContactId' },
  // Only contacts that somebody works on are in it, by instance: that have not ended, or whose agents are not done with them.
  { name: 'ByActive', partition: 'Active', sort: 'Place' },
];

/** What a contact flow asks for; who is in touch now is asked by people. */
const LOOKED_UP = INDEXES.filter(({ name }) => name !== 'ByActive');

export class ContactsTable extends Construct {
  readonly table: Table;
  /** The table's URL: the setting `CONTACTS` of the functions that use it. */
  readonly url: string;

  constructor(scope: Construct, id: string, { key }: Foundation) {
    super(scope, id);
    this.table = new Table(this, 'Table', {
      partitionKey: { name: 'Connect_ContactId', type: AttributeType.STRING },
      sortKey: { name: 'Entry', type: AttributeType.STRING },
      billingMode: BillingMode.PAY_PER_REQUEST,
      encryption: TableEncryption.CUSTOMER_MANAGED,
      encryptionKey: key,
      pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
      timeToLiveAttribute: 'DDB_ExpiryEpoch',
      // The archive reads the deleted image; the stream has no other reader.
      stream: StreamViewType.OLD_IMAGE,
      // Contacts that have not expired exist nowhere else.
      removalPolicy: RemovalPolicy.RETAIN,
    });
    for (const { name, partition, sort } of INDEXES) {
      this.table.addGlobalSecondaryIndex({
        indexName: name,
        partitionKey: { name: partition, type: AttributeType.STRING },
        sortKey: { name: sort, type: AttributeType.STRING },
        projectionType: ProjectionType.KEYS_ONLY,
      });
    }
    new CfnOutput(this, 'Name', { value: this.table.tableName, description: 'The table of contacts' });
    this.url = `dynamodb://${this.table.tableName}`;
  }

  /** Allows a function to write contacts. */
  grantWrite(writer: ServiceFunction): void {
    // It reads a status and puts another in its place, with names of queues and agents, and updates the history of a contact that
    // lives long, so that it expires later.
    writer.allow(
      ['dynamodb:UpdateItem', 'dynamodb:BatchWriteItem', 'dynamodb:PutItem', 'dynamodb:GetItem', 'dynamodb:Query'], [this.table.tableArn],
    );
    writer.grantKeyUse();
  }

  /** Allows a function to look up contacts by id, customer or chain. */
  grantRead(reader: ServiceFunction): void {
    const { tableArn } = this.table;
    reader.allow(['dynamodb:GetItem', 'dynamodb:BatchGetItem', 'dynamodb:Query'], [tableArn]);
    reader.allow(['dynamodb:Query'], LOOKED_UP.map(({ name }) => `${tableArn}/index/${name}`));
    reader.grantDecrypt();
  }

  /** Allows a function to look up statuses by id. */
  grantStatuses(reader: ServiceFunction): void {
    reader.allow(['dynamodb:BatchGetItem'], [this.table.tableArn]);
    reader.grantDecrypt();
  }

  /** Allows a function to list contacts, and to look up everything of one. */
  grantList(reader: ServiceFunction): void {
    const { tableArn } = this.table;
    reader.allow(['dynamodb:GetItem', 'dynamodb:BatchGetItem', 'dynamodb:Query', 'dynamodb:Scan'], [tableArn]);
    reader.allow(['dynamodb:Query'], INDEXES.map(({ name }) => `${tableArn}/index/${name}`));
    // The active contacts of all instances are the whole of that index.
    reader.allow(['dynamodb:Scan'], [`${tableArn}/index/ByActive`]);
    reader.grantDecrypt();
  }
}
