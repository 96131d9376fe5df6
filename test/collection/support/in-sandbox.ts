import { readFileSync } from 'node:fs';
import newman, { type NewmanRunSummary } from 'newman';
import { expect } from 'vitest';
import { composeScript } from '../../../scripts/collection/compose';
import { readSharedFunctions } from '../../../scripts/collection/sources';
import { collectionFile } from './send';

const { schema } = JSON.parse(readFileSync(collectionFile, 'utf8')).info;

/** Runs an expression with the collection's shared functions in Newman's sandbox, once for each `row`: what they give. */
export async function inSandbox(expression: string, rows: readonly object[]): Promise<unknown[]> {
  const source = `const row = JSON.parse(pm.iterationData.get('row'));
    const out = ${expression};
    const all = JSON.parse(pm.environment.get('all') || '[]');
    pm.environment.set('all', JSON.stringify([...all, out]));
    pm.execution.skipRequest();`;
  const exec = composeScript(source, readSharedFunctions('collections'));
  const item = [{ name: 'sandbox', event: [{ listen: 'prerequest', script: { exec } }], request: 'http://localhost' }];
  const collection = { info: { name: 'sandbox', schema }, item };
  const iterationData = rows.map((row) => ({ row: JSON.stringify(row) }));
  const summary = await new Promise<NewmanRunSummary>((resolve, reject) => {
    newman.run({ collection, iterationData, reporters: [] }, (error, result) =>
      error ? reject(error) : resolve(result),
    );
  });
  expect(summary.run.failures).toEqual([]);
  return JSON.parse((summary.environment as unknown as { get(key: string): string }).get('all'));
}
