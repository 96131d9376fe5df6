/**
 * Writes the scripts of `collections/src/` into the collections beside it: `npm run embed`. With `--check` it writes nothing
 * and exits 1 when a collection is not what its sources say. Everything else in a collection stays as it is; the QA
 * collection and its data files are made from their scenarios altogether.
 */
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { format, resolveConfig } from 'prettier';
import { embedScripts, mismatches } from './collection/embed-scripts';
import { parseCollection, type Collection } from './collection/shape';
import { collectionFile, collectionNames, readSharedFunctions, readSources } from './collection/sources';
import { buildQaFiles, qaCollection } from './collection/qa/files';

type Embedding = { file: string; collection: Collection; stale: string[] };

async function main(): Promise<void> {
  const { values } = parseArgs({ options: { check: { type: 'boolean' }, collections: { type: 'string' } } });
  const folder = values.collections ?? 'collections';
  const embeddings = collectionNames(folder)
    .filter((name) => name !== qaCollection)
    .map((name) => embed(folder, name));
  const stale = embeddings.filter((one) => one.stale.length > 0);
  if (!values.check) {
    for (const { file, collection } of stale) writeFileSync(file, await formatted(file, collection));
  }
  const requests = stale.flatMap((one) =>
    one.stale.map((request) => `${one.file}: the scripts of "${request}" are stale`),
  );
  const made = await embedQa(folder, values.check === true);
  if (values.check && requests.length + made.length > 0) {
    throw new Error([...requests, ...made, 'run: npm run embed'].join('\n'));
  }
}

/** Writes what the scenarios make, and takes away what they no longer do; or only says which files that would change. */
async function embedQa(folder: string, isCheck: boolean): Promise<string[]> {
  if (!existsSync(path.join(folder, 'src', qaCollection))) return [];
  const stale: string[] = [];
  for (const [file, content] of buildQaFiles(folder)) {
    const text = content === undefined ? undefined : await formatted(file, content);
    if (text === (existsSync(file) ? readFileSync(file, 'utf8') : undefined)) continue;
    stale.push(`${file} is not what its scenarios say`);
    if (isCheck) continue;
    if (text === undefined) rmSync(file);
    else writeFileSync(file, text);
  }
  return stale;
}

function embed(folder: string, name: string): Embedding {
  const file = collectionFile(folder, name);
  if (!existsSync(file)) throw new Error(`${file} is missing, but there are sources for it`);
  const collection = parseCollection(readFileSync(file, 'utf8'));
  const sources = readSources(folder, name);
  const faults = mismatches(collection, sources).map((fault) => `${file}: ${fault}`);
  if (faults.length > 0) throw new Error(faults.join('\n'));
  return { file, ...embedScripts(collection, sources, readSharedFunctions(folder)) };
}

async function formatted(file: string, collection: object): Promise<string> {
  const options = await resolveConfig(file);
  return format(JSON.stringify(collection, null, 2), { ...options, parser: 'json' });
}

main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
});
