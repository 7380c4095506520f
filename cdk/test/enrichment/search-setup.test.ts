import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { Match, type Template } from 'aws-cdk-lib/assertions';
import { alarm, ringsAt } from '../evaluate.ts';
import { FULL, functionsOf, GIVEN_DOMAIN, type Properties, SAMPLE, statements, template } from '../support.ts';

const REQUESTS = [
  ['es:ESHttpPut', ['_ingest/pipeline/contact-records', '_index_template/contact-records', 'connect-000001']],
  ['es:ESHttpGet', ['connect']],
  ['es:ESHttpPost', ['connect/_delete_by_query']],
];

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

  test(`it may ask a domain that is ${kind} for what it needs, and no more`, () => {
    const asked = statements(made, 'search-setup').filter(({ Action }) => String(Action).startsWith('es:'))
      .map(({ Action, Resource }) => [Action, [Resource].flat().map((resource) => JSON.stringify(resource).replace(/.*:domain\/[\w-]+\/|.*"\/|"(\]\]\})?$/g, ''))]);
    assert.deepEqual(asked.map(([action, paths]) => [action, [...(paths ?? [])].sort()]), REQUESTS.map(([action, paths]) => [action, [...(paths ?? [])].sort()]));
  });
}

test('what is old is deleted each day, and a call that does not come or fails is told', () => {
  for (const [path, days] of [[FULL, 90], [SAMPLE, 400]] as const) {
    const made = template(path, { enrichment: { ...JSON.parse(readFileSync(path, 'utf8')).enrichment, search: GIVEN_DOMAIN } });
    made.hasResourceProperties('AWS::Scheduler::Schedule', {
      ScheduleExpression: 'rate(1440 minutes)', Target: Match.objectLike({ Input: `{"expire_after_days":${days}}`, DeadLetterConfig: Match.anyValue() }),
    });
    const properties = alarm(made, 'search-expire-missing');
    assert.equal(ringsAt(properties, { Invocations: [1, 1, undefined, undefined] }), 3);
    assert.equal(ringsAt(properties, { Invocations: [1, 1, undefined, 1, 1] }), undefined);
  }
});

test('it is told where the domain is', () => {
  const [ours, given] = CASES.map(([, made]) =>
    functionsOf(made).find(({ name }) => name === 'search-setup')?.properties.Environment.Variables.SEARCH_URL);
  assert.match(JSON.stringify(ours), /"https:\/\/",\{"Fn::GetAtt":\["EnrichmentSearchDomain\w+","DomainEndpoint"\]/);
  assert.equal(given, GIVEN_DOMAIN.endpoint);
});

test('a domain of our own lets it in, to these paths', () => {
  const [domain] = Object.values(template(FULL).findResources('AWS::OpenSearchService::Domain'));
  const admitted = (domain?.Properties.AccessPolicies.Statement as Properties[]).filter(({ Principal }) => JSON.stringify(Principal).includes('SearchSetup'));
  assert.deepEqual(admitted.map(({ Action }) => Action), REQUESTS.map(([action]) => action));
  assert.doesNotMatch(JSON.stringify(admitted.map(({ Resource }) => Resource)), /\*/);
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
