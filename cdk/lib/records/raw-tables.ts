/**
 * The contact records and agent events for Athena: tables of one column, `record`, that holds a record's whole text, so no field that Connect
 * adds is ever missing; and a saved query that makes a view of named columns, the newest copy of each contact alone.
 */
import { Stack } from 'aws-cdk-lib';
import { CfnNamedQuery, CfnWorkGroup } from 'aws-cdk-lib/aws-athena';
import { CfnDatabase, CfnTable } from 'aws-cdk-lib/aws-glue';
import type { Bucket } from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';
import { hasSavedQueries } from '../platform/emulator.ts';
import { PREFIX } from './bucket-prefixes.ts';
import type { Foundation } from '../platform/foundation.ts';

const TABLE = 'contact_records';

export interface RawTablesProps {
  readonly foundation: Foundation;
  readonly bucket: Bucket;
  readonly hasAgentEvents: boolean;
}

export class RawTables extends Construct {
  constructor(scope: Construct, id: string, { foundation, bucket, hasAgentEvents }: RawTablesProps) {
    super(scope, id);
    const database = new CfnDatabase(this, 'Database', {
      catalogId: Stack.of(this).account,
      databaseInput: { name: foundation.prefix.replaceAll('-', '_'), description: 'Amazon Connect, as Switchboard stores it' },
    });
    const add = (construct: string, input: { name: string; description: string; prefix: string }) => new CfnTable(this, construct, {
      catalogId: Stack.of(this).account,
      databaseName: database.ref,
      tableInput: table({ ...input, location: bucket.s3UrlForObject(input.prefix) }),
    });
    add('Table', {
      name: TABLE,
      description: 'Contact records as Connect sent them; a contact may have several copies, of which the last LastUpdateTimestamp counts',
      prefix: PREFIX.records,
    });
    if (hasAgentEvents) {
      add('AgentEvents', {
        name: 'agent_events', description: 'Agent events as Connect sent them, in no order; a repeat has the same EventId', prefix: PREFIX.agentEvents,
      });
    }
    const workGroup = new CfnWorkGroup(this, 'WorkGroup', {
      name: foundation.prefix,
      workGroupConfiguration: {
        enforceWorkGroupConfiguration: true,
        publishCloudWatchMetricsEnabled: false,
        resultConfiguration: {
          outputLocation: bucket.s3UrlForObject(PREFIX.queryResults),
          encryptionConfiguration: { encryptionOption: 'SSE_KMS', kmsKey: foundation.key.keyArn },
        },
      },
      recursiveDeleteOption: true,
    });
    if (hasSavedQueries(foundation.config)) this.saveView(database, workGroup);
  }

  private saveView(database: CfnDatabase, workGroup: CfnWorkGroup): void {
    const view = new CfnNamedQuery(this, 'View', {
      name: 'contacts',
      description: 'Run once: makes the view `contacts`, the newest copy of each contact record',
      database: database.ref,
      workGroup: workGroup.name,
      queryString: VIEW,
    });
    view.addResourceDependency(workGroup);
  }
}

/** Partitions are computed from the date, not listed, so none can be missing. Records are JSON lines, which hold no raw control character. */
function table({ name, description, location }: { name: string; description: string; location: string }): CfnTable.TableInputProperty {
  return {
    name,
    description,
    tableType: 'EXTERNAL_TABLE',
    partitionKeys: [{ name: 'date', type: 'string', comment: 'The day it came, in UTC' }],
    parameters: {
      'EXTERNAL': 'TRUE',
      'projection.enabled': 'true',
      'projection.date.type': 'date',
      'projection.date.format': 'yyyy-MM-dd',
      'projection.date.range': '2025-01-01,NOW',
      'storage.location.template': `${location}date=\${date}/`,
    },
    storageDescriptor: {
      location,
      columns: [{ name: 'record', type: 'string', comment: 'The whole record: JSON' }],
      inputFormat: 'org.apache.hadoop.mapred.TextInputFormat',
      outputFormat: 'org.apache.hadoop.hive.ql.io.HiveIgnoreKeyTextOutputFormat',
      serdeInfo: {
        serializationLibrary: 'org.apache.hadoop.hive.serde2.lazy.LazySimpleSerDe',
        parameters: { 'field.delim': '\u0001' },
      },
    },
  };
}

const VIEW = `CREATE OR REPLACE VIEW contacts AS
SELECT
  contact_id,
  json_extract_scalar(record, '$.Channel') AS channel,
  json_extract_scalar(record, '$.InitiationMethod') AS initiation_method,
  TRY(from_iso8601_timestamp(json_extract_scalar(record, '$.InitiationTimestamp'))) AS initiated,
  TRY(from_iso8601_timestamp(json_extract_scalar(record, '$.DisconnectTimestamp'))) AS disconnected,
  json_extract_scalar(record, '$.Queue.Name') AS queue,
  TRY_CAST(json_extract_scalar(record, '$.Queue.Duration') AS integer) AS queue_seconds,
  json_extract_scalar(record, '$.Agent.Username') AS agent,
  TRY_CAST(json_extract_scalar(record, '$.Agent.AgentInteractionDuration') AS integer) AS interaction_seconds,
  TRY_CAST(json_extract_scalar(record, '$.Agent.AfterContactWorkDuration') AS integer) AS after_contact_work_seconds,
  record,
  "date"
FROM (
  SELECT record, "date", json_extract_scalar(record, '$.ContactId') AS contact_id, row_number() OVER (
    PARTITION BY json_extract_scalar(record, '$.ContactId')
    ORDER BY json_extract_scalar(record, '$.LastUpdateTimestamp') DESC NULLS LAST
  ) AS copy
  FROM ${TABLE}
)
WHERE copy = 1 AND contact_id IS NOT NULL`;
