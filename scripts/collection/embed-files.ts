import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { format, resolveConfig } from 'prettier';
import { buildQaFiles, qaCollection } from '../qa/build/files';
import { embedScripts, mismatches } from './embed-scripts';
import { parseCollection, type Collection } from './shape';
import { collectionFile, collectionNames, readSharedFunctions, readSources } from './sources';

type Embedding = { file: string; collection: Collection; stale: string[] };

/**
 * Writes the scripts of a folder's sources into its collections, or with `check` writes nothing and throws when a collection
 * is not what its sources say. Everything else in a collection stays as it is; the QA collection and its data files are made
 * from their scenarios altogether.
 */
export async function embedFiles(folder: string, mode: 'check' | 'write'): Promise<void> {
  const isCheck = mode === 'check';
  const embeddings = collectionNames(folder)
    .filter((name) => name !== qaCollection)
    .map((name) => embed(folder, name));
  const stale = embeddings.filter((one) => one.stale.length > 0);
  if (!isCheck) {
    for (const { file, collection } of stale) writeFileSync(file, await formatted(file, collection, 2));
  }
  const requests = stale.flatMap((one) =>
    one.stale.map((request) => `${one.file}: the scripts of "${request}" are stale`),
  );
  const made = await embedQa(folder, isCheck);
  if (isCheck && requests.length + made.length > 0) {
    throw new Error([...requests, ...made, 'run: npm run embed'].join('\n'));
  }
}

/** Writes what the scenarios make, and takes away what they no longer do; or only says which files that would change. */
async function embedQa(folder: string, isCheck: boolean): Promise<string[]> {
  if (!existsSync(path.join(folder, 'src', qaCollection))) return [];
  const stale: string[] = [];
  for (const [file, content] of buildQaFiles(folder)) {
    const text = content === undefined ? undefined : await formatted(file, content, 0);
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

/** With an indent of 0 what fits on a line stands on one: a step of a scenario is read at a glance then. */
async function formatted(file: string, content: object, indent: 0 | 2): Promise<string> {
  const options = await resolveConfig(file);
  return format(JSON.stringify(content, null, indent), { ...options, parser: 'json' });
}
