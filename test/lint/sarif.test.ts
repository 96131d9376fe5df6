import * as v from 'valibot';
import { expect, test } from 'vitest';
import { rules } from '../../scripts/lint/rules';
import { sarifOf } from '../../scripts/lint/sarif';

const message = v.strictObject({ text: v.pipe(v.string(), v.nonEmpty()) });
const level = v.picklist(['none', 'note', 'warning', 'error']);
const artifactLocation = v.strictObject({ uri: v.pipe(v.string(), v.regex(/^(?![\w+.-]*:)(?!\/)[\w%.~/-]+$/)) });
const region = v.strictObject({ startLine: v.pipe(v.number(), v.integer(), v.minValue(1)) });
const location = v.strictObject({
  physicalLocation: v.strictObject({ artifactLocation, region: v.optional(region) }),
  logicalLocations: v.optional(v.array(v.strictObject({ fullyQualifiedName: v.string() }))),
});

/** What SARIF 2.1.0 says of the properties that are used here (§3.13, §3.14, §3.18-20, §3.27-30, §3.49, §3.58). */
const sarif = v.strictObject({
  $schema: v.pipe(v.string(), v.url()),
  version: v.literal('2.1.0'),
  runs: v.array(
    v.strictObject({
      tool: v.strictObject({
        driver: v.strictObject({
          name: v.string(),
          rules: v.array(
            v.strictObject({
              id: v.string(),
              shortDescription: message,
              help: message,
              defaultConfiguration: v.strictObject({ level }),
            }),
          ),
        }),
      }),
      columnKind: v.picklist(['utf16CodeUnits', 'unicodeCodePoints']),
      invocations: v.array(
        v.strictObject({
          executionSuccessful: v.boolean(),
          toolExecutionNotifications: v.array(v.strictObject({ level, message, locations: v.array(location) })),
        }),
      ),
      results: v.array(
        v.strictObject({
          ruleId: v.string(),
          ruleIndex: v.pipe(v.number(), v.integer(), v.minValue(0)),
          level,
          message,
          locations: v.pipe(v.array(location), v.length(1)),
        }),
      ),
    }),
  ),
});

test('a run is SARIF 2.1.0, and each result points at its rule', () => {
  const findings = rules.map(({ id }, index) => ({
    rule: id,
    where: 'Folder > Request (body)',
    message: 'it is wrong',
    file: index % 2 === 0 ? 'collections/my own.json' : 'collections\\windows.json',
    line: index + 1,
  }));
  const run = v.parse(sarif, sarifOf(rules, findings, [{ file: 'a/v1.json', message: 'it is of format v1' }])).runs[0];
  expect(run?.results.map(({ ruleId, ruleIndex }) => [ruleId, run.tool.driver.rules[ruleIndex]?.id])).toEqual(
    rules.map(({ id }) => [id, id]),
  );
  expect(run?.results.slice(0, 2).map((result) => result.locations[0]?.physicalLocation)).toEqual([
    { artifactLocation: { uri: 'collections/my%20own.json' }, region: { startLine: 1 } },
    { artifactLocation: { uri: 'collections/windows.json' }, region: { startLine: 2 } },
  ]);
});

test('a run that found nothing is SARIF too', () => {
  expect(v.parse(sarif, sarifOf(rules, [], [])).runs[0]?.results).toEqual([]);
});
