/**
 * Writes the scripts of `collections/src/` into the collections beside it: `npm run embed`. With `--check` it writes nothing
 * and exits 1 when a collection is not what its sources say.
 */
import { parseArgs } from 'node:util';
import { embedFiles } from './collection/embed-files';
import { qaFiles } from './qa/build/files';

async function main(): Promise<void> {
  const { values } = parseArgs({ options: { check: { type: 'boolean' }, collections: { type: 'string' } } });
  await embedFiles(values.collections ?? 'collections', values.check === true ? 'check' : 'write', qaFiles);
}

main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
});
