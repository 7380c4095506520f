/** The metrics that alarms and graphs look at are those that the functions write. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';

test('every metric of our own is in the list of the functions', () => {
  const written = new Set(
    [...readFileSync('../crates/runtime/src/metrics.rs', 'utf8').matchAll(/^ {4}([A-Z]\w+),$/gm)].map(([, name]) => name),
  );
  const golden = readdirSync('test/golden').map((name) => readFileSync(`test/golden/${name}`, 'utf8')).join('\n');
  const alarms = [...golden.matchAll(/"MetricName": "(\w+)",\s+"Namespace": "Switchboard"/g)].map(([, name]) => name);
  const graphs = [...golden.matchAll(/\\"Switchboard\\",\\"(\w+)\\"/g)].map(([, name]) => name);
  assert.ok(alarms.includes('LookUpsFailed') && graphs.includes('CallersKnown'), 'they are found in the templates');
  assert.deepEqual([...alarms, ...graphs].filter((name) => !written.has(name)), []);
});

test('they are asked for by the name of a function of the same deployment', () => {
  for (const file of readdirSync('test/golden')) {
    const { Resources } = JSON.parse(readFileSync(`test/golden/${file}`, 'utf8')) as Golden;
    const functions = Object.values(Resources).map(({ Properties }) => Properties?.FunctionName);
    const asked = Object.values(Resources)
      .flatMap(({ Properties }) => [Properties, ...(Properties?.Metrics ?? []).map(({ MetricStat }) => MetricStat?.Metric)])
      .filter((metric) => metric?.Namespace === 'Switchboard')
      .map((metric) => metric?.Dimensions?.[0]?.Value);
    assert.ok(asked.length > 0, file);
    assert.deepEqual(asked.filter((name) => !functions.includes(name)), [], file);
  }
});

interface Golden {
  Resources: Record<string, { Properties?: Measured & { FunctionName?: string; Metrics?: { MetricStat?: { Metric: Measured } }[] } }>;
}

interface Measured {
  Namespace?: string;
  Dimensions?: { Value: string }[];
}
