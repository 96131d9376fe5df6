import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import newman, { type NewmanRunSummary } from 'newman';
import { expect } from 'vitest';
import { composeScript } from '../../../scripts/collection/compose';
import { parseModule } from '../../../scripts/collection/module';
import { moduleReader } from '../../../scripts/collection/sources';
import { collectionFile } from './send';

const { info } = JSON.parse(readFileSync(collectionFile, 'utf8')) as { info: { schema: string } };

const read = moduleReader();
const shared = readdirSync('collections/src/_shared', { encoding: 'utf8', recursive: true })
  .filter((file) => file.endsWith('.js'))
  .map((file) => `_shared/${file.replace(/\.js$/, '')}`);
/** What the scripts have in common with the program. */
const common = ['consent/pasted-callback', 'consent/scope-words', 'consent/state', 'environment/plain-name'].map(
  (module) => `../../scripts/${module}`,
);

/** Runs an expression with the functions that the collection's scripts share, in Newman's sandbox, once for each `row`: what they give. */
export async function inSandbox(expression: string, rows: readonly object[]): Promise<unknown[]> {
  const source = `const row = JSON.parse(pm.iterationData.get('row'));
    const out = ${expression};
    const all = JSON.parse(pm.environment.get('all') || '[]');
    pm.environment.set('all', JSON.stringify([...all, out]));
    pm.execution.skipRequest();`;
  const imports = [...common, ...shared].flatMap((module) =>
    read(path.join('collections/src', module)).declarations.map(
      ({ declared }) => `import { ${declared.join()} } from './${module}';`,
    ),
  );
  const exec = await composeScript(parseModule([...imports, source].join('\n'), 'collections/src/test.js'), read);
  const item = [{ name: 'sandbox', event: [{ listen: 'prerequest', script: { exec } }], request: 'http://localhost' }];
  const collection = { info: { name: 'sandbox', schema: info.schema }, item };
  const iterationData = rows.map((row) => ({ row: JSON.stringify(row) }));
  const summary = await new Promise<NewmanRunSummary>((resolve, reject) => {
    newman.run({ collection, iterationData, reporters: [] }, (error, result) =>
      error ? reject(error) : resolve(result),
    );
  });
  expect(summary.run.failures).toEqual([]);
  return JSON.parse((summary.environment as unknown as { get(key: string): string }).get('all')) as unknown[];
}
