import { existsSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { scenarios } from '../../scripts/qa/scenarios/all';
import { startSandboxProcess } from '../support/sandbox';
import { runCollection } from './support/run';
import { runtimeVersion } from './support/runtime';

const collection = 'collections/xero-oauth2-qa.postman_collection.json';

/**
 * What failed in each scenario, by its id, as `newman run` counts it: a connection that is cut counts, too. Plays every
 * folder with what its description says: a data file, random bytes.
 */
async function playAll(sandboxUrl: string): Promise<Record<string, string[]>> {
  const played: Record<string, string[]> = {};
  for (const { id, title } of scenarios) {
    const dataFile = path.join('collections', 'qa-data', `${id}.json`);
    const { summary } = await runCollection({
      collection,
      folder: `${id} ${title}`,
      environment: 'environments/qa.template.postman_environment.json',
      envVar: [
        { key: 'sandbox_url', value: sandboxUrl },
        { key: 'random_bytes', value: '0123456789abcdef'.repeat(8) },
      ],
      ...(existsSync(dataFile) && { iterationData: dataFile }),
    });
    const { executions, failures } = summary.run;
    if (executions.length === 0) continue;
    played[id] = failures.map(({ at, error, source }) => `${source?.name}, ${at}: ${error.message}`);
  }
  return played;
}

test(`every scenario passes in plain Newman with the runtime ${runtimeVersion}`, async () => {
  const sandbox = await startSandboxProcess();
  const played = await playAll(sandbox.url);
  await sandbox.stop();
  expect(played).toEqual(Object.fromEntries(scenarios.map(({ id }) => [id, []])));
}, 600_000);
