import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import type { Template } from 'aws-cdk-lib/assertions';
import { actions, FULL, functionsOf, GIVEN_DOMAIN, type Properties, SAMPLE, statements, template } from './support.ts';

const CASES: [string, Template][] = [
  ['made', template(FULL)],
  ['given', template(SAMPLE, { enrichment: { search: GIVEN_DOMAIN } })],
];

for (const [kind, made] of CASES) {
  test(`a domain that is ${kind} is set up before anything is delivered to it`, () => {
    const triggers = Object.entries(made.findResources('Custom::Trigger')).filter(([id]) => id.startsWith('EnrichmentSearchSetup'));
    const [[id, trigger], ...others] = triggers as [[string, Properties]];
    assert.deepEqual(others, []);
    assert.equal(trigger.Properties.ExecuteOnHandlerChange, true);
    assert.ok(trigger.DependsOn.some((on: string) => /^EnrichmentSearchSetupFunctionRoleDefaultPolicy/.test(on)), 'its rights are there');
    const deliveries = Object.values(made.findResources('AWS::KinesisFirehose::DeliveryStream'))
      .filter(({ Properties }) => Properties.AmazonopensearchserviceDestinationConfiguration);
    assert.equal(deliveries.length, 1);
    for (const { DependsOn } of deliveries) assert.ok([DependsOn].flat().includes(id));
  });

  test(`it may put what a domain that is ${kind} needs, and no more`, () => {
    assert.deepEqual(actions(made, 'search-setup'), ['es:ESHttpPut', 'logs:CreateLogStream', 'logs:PutLogEvents']);
    const [put] = statements(made, 'search-setup').filter(({ Action }) => Action === 'es:ESHttpPut');
    const paths = [put?.Resource].flat().map((resource) => /\/(_[\w/-]+)"/.exec(JSON.stringify(resource))?.[1]);
    assert.deepEqual(paths.sort(), ['_index_template/contact-records', '_ingest/pipeline/contact-records']);
  });
}

test('it is told where the domain is', () => {
  const [ours, given] = CASES.map(([, made]) =>
    functionsOf(made).find(({ name }) => name === 'search-setup')?.properties.Environment.Variables.SEARCH_URL);
  assert.match(JSON.stringify(ours), /"https:\/\/",\{"Fn::GetAtt":\["EnrichmentSearchDomain\w+","DomainEndpoint"\]/);
  assert.equal(given, GIVEN_DOMAIN.endpoint);
});

test('a domain of our own lets it in, to these two paths', () => {
  const [domain] = Object.values(template(FULL).findResources('AWS::OpenSearchService::Domain'));
  const [admitted, ...others] = (domain?.Properties.AccessPolicies.Statement as Properties[])
    .filter(({ Principal }) => JSON.stringify(Principal).includes('SearchSetup'));
  assert.deepEqual(others, []);
  assert.equal(admitted?.Action, 'es:ESHttpPut');
  assert.equal(admitted?.Resource.length, 2);
  assert.doesNotMatch(JSON.stringify(admitted?.Resource), /\*/);
});

test('the roles that a domain with access control of its own must let in have the names that README.md tells', () => {
  const names = Object.values(template(FULL).findResources('AWS::IAM::Role')).flatMap(({ Properties }) => Properties.RoleName ?? []);
  assert.deepEqual(names.sort(), ['switchboard-dev-enriched-ap-southeast-2', 'switchboard-dev-search-setup-ap-southeast-2']);
  const readme = readFileSync('README.md', 'utf8');
  for (const name of ['switchboard-ENV-enriched-REGION', 'switchboard-ENV-search-setup-REGION']) assert.ok(readme.includes(name), name);
});

test('without a search index there is nothing to set up', () => {
  assert.ok(!functionsOf(template(SAMPLE)).some(({ name }) => name === 'search-setup'));
});
