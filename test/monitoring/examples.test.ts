import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { runMetrics } from '../../scripts/monitoring/run-metrics';
import { statusMetrics } from '../../scripts/status/metrics';

const [alerts, dashboard] = ['alerts.yml', 'dashboard.json'].map((file) => path.resolve('scripts/monitoring', file));

/** Whether rules are left unchecked: never where `PROMTOOL_TESTS=required`, as in CI. */
const isWithoutPromtool =
  spawnSync('promtool', ['--version']).error !== undefined && process.env['PROMTOOL_TESTS'] !== 'required';

/** The names of all metrics that evergrant writes. */
async function metricNames(): Promise<Set<string>> {
  const text = (await statusMetrics([])) + (await runMetrics({ at: new Date(), exitCode: 0 }, ''));
  return new Set([...text.matchAll(/^# TYPE (\S+)/gm)].map(([, name = '']) => name));
}

/** The names of metrics in expressions. */
function namesIn(expressions: readonly string[]): string[] {
  return expressions.flatMap((expression) => expression.match(/\bevergrant_\w+/g) ?? []);
}

interface Rules {
  readonly groups: readonly {
    readonly rules: readonly {
      readonly alert: string;
      readonly expr: string;
      readonly labels: object;
      readonly annotations: { readonly summary: string; readonly description: string };
    }[];
  }[];
}

function promtool(...args: string[]): { status: number | null; output: string } {
  const { status, stdout, stderr } = spawnSync('promtool', args, { encoding: 'utf8' });
  return { status, output: stdout + stderr };
}

describe('the alert rules', () => {
  const rules = (parse(fs.readFileSync(alerts ?? '', 'utf8')) as Rules).groups.flatMap((group) => group.rules);

  test('ask only for metrics that there are, and say what to do', async () => {
    const known = await metricNames();
    expect(rules.length).toBeGreaterThan(5);
    expect(namesIn(rules.map(({ expr }) => expr)).filter((name) => !known.has(name))).toEqual([]);
    for (const { annotations } of rules) expect(annotations.summary).toMatch(/\S/);
  });

  test.skipIf(isWithoutPromtool)('are accepted by Prometheus’ own tool', () => {
    expect(promtool('check', 'rules', alerts ?? '')).toMatchObject({
      status: 0,
      output: expect.stringContaining('SUCCESS') as string,
    });
  });

  test.skipIf(isWithoutPromtool)('fire when they should, and only then', () => {
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'evergrant-'));
    const file = path.join(folder, 'alerts.test.yml');
    fs.writeFileSync(file, ruleTests(alerts ?? ''));
    expect(promtool('test', 'rules', file)).toEqual({
      status: 0,
      output: expect.stringContaining('SUCCESS') as string,
    });
    fs.rmSync(folder, { recursive: true });
  });
});

/** Two machines: one is well; on the other runs have stopped, and one environment of each kind is in trouble. */
function ruleTests(file: string): string {
  const series = (name: string, labels: string, values: string): string =>
    `      - series: '${name}{${labels}}'\n        values: '${values}'`;
  const well = 'instance="well"';
  const ill = 'instance="ill"';
  return `rule_files: ['${file}']
evaluation_interval: 1m
tests:
  - interval: 1m
    input_series:
${[
  series('evergrant_last_run_timestamp_seconds', well, '0+60x200'),
  series('evergrant_last_success_timestamp_seconds', well, '0+60x200'),
  series('evergrant_last_run_timestamp_seconds', ill, '0x200'),
  series('evergrant_environments', `${well},state="connected"`, '2x200'),
  series('evergrant_failing', `${well},environment="acme"`, '0x200'),
  series('evergrant_consent_needed', `${well},environment="acme"`, '0x200'),
  series('evergrant_invalid', `${well},environment="acme"`, '0x200'),
  series('evergrant_interrupted', `${well},environment="acme"`, '0x200'),
  series('evergrant_refresh_token_expiry_timestamp_seconds', `${well},environment="acme"`, '5184000x200'),
  series('evergrant_consent_needed', `${ill},environment="birch"`, '1x200'),
  series('evergrant_invalid', `${ill},environment="cedar"`, '1x200'),
  series('evergrant_interrupted', `${ill},environment="dill"`, '1x200'),
  series('evergrant_failing_since_timestamp_seconds', `${ill},environment="elder"`, '60x200'),
  series('evergrant_consent_needed', `${ill},environment="fir"`, '0x200'),
  series('evergrant_refresh_token_expiry_timestamp_seconds', `${ill},environment="fir"`, '864000x200'),
].join('\n')}
    alert_rule_test:
${[
  fires(
    'EvergrantRefreshStopped',
    '150m',
    'severity: critical, instance: ill',
    'No refresh has run on ill for an hour',
    'Refresh tokens end after 60 days without one. Is cron or the timer there? It is printed by npx evergrant schedule cron',
  ),
  fires(
    'EvergrantConsentNeeded',
    '10m',
    'severity: critical, instance: ill, environment: birch',
    'birch needs a consent',
    'Its connection to Xero is over until somebody consents again: npx evergrant consent NAME',
  ),
  fires(
    'EvergrantInvalid',
    '20m',
    'severity: critical, instance: ill, environment: cedar',
    'The file of cedar makes no sense',
    'What mends it: npx evergrant doctor NAME',
  ),
  fires(
    'EvergrantInterrupted',
    '20m',
    'severity: critical, instance: ill, environment: dill',
    'A refresh of dill was cut off',
    'It can be finished within 30 minutes of its beginning: npx evergrant refresh NAME',
  ),
  fires(
    'EvergrantFailing',
    '62m',
    'severity: warning, instance: ill, environment: elder',
    'elder has failed for 1h 1m 0s',
    'Why: npx evergrant log NAME',
  ),
  fires(
    'EvergrantNeglected',
    '90m',
    'severity: warning, instance: ill, environment: fir',
    'Nobody has refreshed fir for a month',
    'It ends in 9d 22h 30m 0s unless it is refreshed: npx evergrant refresh NAME',
  ),
  silent('EvergrantXeroSilent', '90m'),
  silent('EvergrantMetricsMissing', '90m'),
  silent('EvergrantRefreshFails', '150m'),
].join('\n')}
`;
}

function fires(name: string, at: string, labels: string, summary: string, description: string): string {
  return `      - eval_time: ${at}
        alertname: ${name}
        exp_alerts:
          - exp_labels: { ${labels} }
            exp_annotations:
              summary: '${summary}'
              description: '${description}'`;
}

function silent(name: string, at: string): string {
  return `      - eval_time: ${at}\n        alertname: ${name}\n        exp_alerts: []`;
}

describe('the dashboard', () => {
  interface Panel {
    readonly id: number;
    readonly title: string;
    readonly targets: readonly { readonly expr: string }[];
    readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number };
  }
  const { panels, templating } = JSON.parse(fs.readFileSync(dashboard ?? '', 'utf8')) as {
    panels: Panel[];
    templating: { list: { name: string; query: unknown }[] };
  };
  const expressions = panels.flatMap(({ targets }) => targets.map(({ expr }) => expr));

  test('asks only for metrics that there are, of the machines that are chosen', async () => {
    const known = await metricNames();
    const asked = namesIn([...expressions, ...templating.list.map(({ query }) => JSON.stringify(query))]);
    expect(asked.filter((name) => !known.has(name))).toEqual([]);
    expect(expressions.filter((expression) => !expression.includes('instance=~"$instance"'))).toEqual([]);
  });

  test('has panels that are told from each other and do not lie on each other', () => {
    expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length);
    const cells = panels.flatMap(({ gridPos: { x, y, w, h } }) =>
      Array.from({ length: w * h }, (_, at) => `${x + (at % w)} ${y + Math.floor(at / w)}`),
    );
    expect(new Set(cells).size).toBe(cells.length);
    expect(panels.every(({ gridPos: { x, w } }) => x + w <= 24)).toBe(true);
  });

  test.skipIf(isWithoutPromtool)('has expressions that Prometheus understands', () => {
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'evergrant-'));
    const file = path.join(folder, 'dashboard.yml');
    const rules = expressions.map((expr, at) => ({ record: `panel${at}`, expr: expr.replaceAll('$instance', '.*') }));
    fs.writeFileSync(file, JSON.stringify({ groups: [{ name: 'dashboard', rules }] })); // JSON is YAML
    expect(promtool('check', 'rules', file)).toMatchObject({ status: 0 });
    fs.rmSync(folder, { recursive: true });
  });
});
