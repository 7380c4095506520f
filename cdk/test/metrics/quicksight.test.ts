import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { Match } from 'aws-cdk-lib/assertions';
import { parseConfig } from '../../lib/config.ts';
import { DATA_SETS } from '../../lib/metrics/quicksight-datasets.ts';
import { RECORD_DATA_SETS } from '../../lib/records/quicksight-datasets.ts';
import { EMULATOR, FULL, type Properties, SAMPLE, template } from '../support.ts';
import { columnsOf, TABLE_TYPES } from './views.ts';

const full = template(FULL);
const resources = (type: string): Properties[] => Object.values(full.findResources(type)).map(({ Properties }) => Properties);
const { quickSight } = JSON.parse(readFileSync(FULL, 'utf8'));

for (const { view, columns } of DATA_SETS) {
  test(`the data set of ${view} has the view's columns`, () => {
    assert.deepEqual(Object.keys(columns).sort(), columnsOf(view).sort());
    for (const [name, type] of Object.entries(columns)) assert.equal(type, TABLE_TYPES[name] ?? type, name);
  });
}

/** A type of docs/tables.md, which a test of its own compares with the database. */
const DOCUMENTED: Record<string, string> = {
  'text': 'STRING', 'bigint': 'DECIMAL', 'number': 'DECIMAL', 'timestamp': 'DATETIME', 'local timestamp': 'DATETIME', 'date': 'DATETIME', 'boolean': 'BOOLEAN',
};

for (const { view, columns } of RECORD_DATA_SETS) {
  test(`the data set of ${view} has the documented columns`, () => {
    const section = readFileSync('../docs/tables.md', 'utf8').split(`\n## \`${view}\`\n`)[1]?.split('\n## ')[0] ?? '';
    const documented = [...section.matchAll(/^\| `(\w+)` \| ([^|,]+)[,|]/gm)].map(([, name = '', type = '']) => [name, DOCUMENTED[type.trim()]]);
    assert.ok(documented.length > 10);
    assert.deepEqual(columns, Object.fromEntries(documented));
  });
}

test('there is a data set for each view, which asks the database itself', () => {
  const made = resources('AWS::QuickSight::DataSet').map(({ ImportMode, PhysicalTableMap }) => {
    const [{ RelationalTable }] = Object.values(PhysicalTableMap) as [Properties];
    return [ImportMode, RelationalTable.Schema, RelationalTable.Name];
  });
  assert.deepEqual(made.sort(), [...DATA_SETS, ...RECORD_DATA_SETS].map(({ view }) => ['DIRECT_QUERY', 'public', view]).sort());
});

test('the source signs in by a secret, with TLS, through the database\'s own network', () => {
  full.hasResourceProperties('AWS::QuickSight::DataSource', {
    Type: 'AURORA_POSTGRESQL',
    Credentials: { SecretArn: quickSight.secretArn },
    SslProperties: { DisableSsl: false },
    VpcConnectionProperties: { VpcConnectionArn: Match.anyValue() },
    DataSourceParameters: { AuroraPostgreSqlParameters: Match.objectLike({ Database: 'switchboard' }) },
  });
  const [connection] = resources('AWS::QuickSight::VPCConnection');
  assert.equal(connection?.SubnetIds.length, 2);
});

test('the database admits QuickSight at its port, and nobody else', () => {
  full.resourceCountIs('AWS::EC2::SecurityGroupIngress', 0);
  const [rule, ...others] = resources('AWS::EC2::SecurityGroup').flatMap(({ SecurityGroupIngress }) => SecurityGroupIngress ?? []);
  assert.deepEqual(others, []);
  assert.match(JSON.stringify(rule.SourceSecurityGroupId), /QuickSightGroup/);
  assert.deepEqual([rule.FromPort, rule.ToPort], [5432, 5432]);
});

test('QuickSight gets out to the database alone, and has its rights before it connects', () => {
  const [group] = resources('AWS::EC2::SecurityGroup').filter(({ GroupDescription }) => GroupDescription.startsWith('QuickSight'));
  assert.ok(group);
  const [rule, ...others] = group.SecurityGroupEgress;
  assert.deepEqual(others, []);
  assert.deepEqual([rule.CidrIp['Fn::GetAtt'][1], rule.FromPort, rule.ToPort], ['CidrBlock', 5432, 5432]);
  full.resourceCountIs('AWS::EC2::SecurityGroupEgress', 0);
  const [connection] = Object.values(full.findResources('AWS::QuickSight::VPCConnection'));
  assert.ok(connection?.DependsOn.some((on: string) => on.startsWith('QuickSightRoleJoinNetwork')));
});

test('its people use what is there, and change nothing', () => {
  for (const { Permissions } of [...resources('AWS::QuickSight::DataSet'), ...resources('AWS::QuickSight::DataSource')]) {
    assert.deepEqual(Permissions.map(({ Principal }: Properties) => Principal), [quickSight.principalArn]);
    for (const action of Permissions[0].Actions) assert.match(action, /^quicksight:(Describe|List|Pass)/);
  }
});

test('it is off unless the config says so, and cannot be on without metrics or on the emulator', () => {
  template(SAMPLE).resourceCountIs('AWS::QuickSight::DataSet', 0);
  const parse = (path: string, changes: object) => () => parseConfig({ ...JSON.parse(readFileSync(path, 'utf8')), quickSight, ...changes }, 'it');
  assert.throws(parse(SAMPLE, { metrics: undefined }), /quickSight: .*`metrics`.*off/);
  assert.throws(parse(EMULATOR, {}), /quickSight: .*emulator/);
});

test('README.md has the statement that lets the login read each view', () => {
  const [, views] = /GRANT SELECT ON ([\w, ]+) TO quicksight/.exec(readFileSync('README.md', 'utf8')) ?? [];
  assert.deepEqual(views?.split(', ').sort(), DATA_SETS.map(({ view }) => view).sort());
});
