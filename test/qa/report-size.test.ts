import fs from 'node:fs';
import { expect, test } from 'vitest';
import { playScenario, type Played } from '../../scripts/qa/play/play-scenario';
import { readScenarios, type QaScenario } from '../../scripts/qa/play/read-scenarios';
import { resultOf } from '../../scripts/qa/play/result';
import { writeQaReport } from '../../scripts/qa/report/write';
import { makeFolder } from '../environment/files/children';
import { startSandboxProcess } from '../support/sandbox';
import { playAll } from './support/played';
import { mixed } from './support/plays';

test('the files of a QA report are under 1.5 MB each for fifty real scenarios', async () => {
  const sandbox = await startSandboxProcess();
  const variables = { sandbox_url: sandbox.url, random_bytes: '0123456789abcdef'.repeat(8) };
  const real = readScenarios().filter(({ id }) => ['QA-010', 'QA-110', 'QA-320'].includes(id));
  const plays: { scenario: QaScenario; played: Played }[] = [];
  for (const scenario of real) plays.push({ scenario, played: await playScenario(scenario, { variables }) });
  await sandbox.stop();
  const fifty = Array.from({ length: 17 }, () => plays)
    .flat()
    .slice(0, 50);
  const results = fifty.map(({ scenario, played: { steps } }, index) => {
    const failed = steps.map((step) => ({ ...step, complaints: ['it fails'] }));
    return { ...resultOf(scenario, index < 5 ? failed : steps, 900), id: `QA-${100 + index}` };
  });
  const played = fifty.flatMap(({ played: { summaries } }, index) =>
    summaries.map((summary) => ({ id: `QA-${100 + index}`, summary })),
  );
  const run = { ...(await playAll(mixed)), results, played };
  const files = writeQaReport({ folder: makeFolder() }, { run, recording: '' }, new Set());
  const sizes = files.map((file) => fs.statSync(file).size);
  expect(results.flatMap(({ steps }) => steps).length).toBeGreaterThan(500);
  expect(Math.max(...sizes)).toBeLessThan(1_500_000);
});
