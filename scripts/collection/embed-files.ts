import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { format, resolveConfig } from 'prettier';
import { composeScript } from './compose';
import { embedScripts, mismatches, type ForRequests, type ForScripts } from './embed-scripts';
import type { Module } from './module';
import { parseCollection, type Collection } from './shape';
import { collectionFile, collectionNames, moduleReader, readSources } from './sources';
import { embedV3 } from './v3-files';
import { parseVersions, recordVersion } from './version';

/** A collection that is generated as a whole. `files`: the content of each of its files; undefined: the file is removed. */
export interface GeneratedCollection {
  readonly name: string;
  files(folder: string): Promise<ReadonlyMap<string, object | undefined>>;
}

type Embedding = { name: string; file: string; collection: Collection; stale: string[] };

/**
 * Writes the scripts of a folder's sources into its collections and records new versions; with `check`, writes nothing.
 * Everything else in a collection stays as it is; only the `generated` one and its files, and the folder `v3`, are written
 * as a whole.
 * @throws Error with a line for each fault: a collection that changed but kept its version and, with `check`, each file
 * that differs from its sources
 */
export async function embedFiles(
  folder: string,
  mode: 'check' | 'write',
  generated: GeneratedCollection,
): Promise<void> {
  const isCheck = mode === 'check';
  const names = collectionNames(folder).filter((name) => name !== generated.name);
  const embeddings = await Promise.all(names.map((name) => embed(folder, name)));
  const stale = embeddings.filter((one) => one.stale.length > 0);
  if (!isCheck) {
    for (const { file, collection } of stale) writeFileSync(file, await formatted(file, collection, 2));
  }
  const requests = stale.flatMap((one) =>
    one.stale.map((request) => `${one.file}: the scripts of "${request}" are stale`),
  );
  const rewritten = await writeGenerated(folder, generated, isCheck);
  const ofV3 = embedV3(
    folder,
    embeddings.map(({ collection }) => collection),
    mode,
  );
  const { unrecorded, faults } = await recordVersions(folder, embeddings, isCheck);
  const wrong = isCheck ? [...requests, ...rewritten, ...ofV3, ...unrecorded] : [];
  if (wrong.length + faults.length > 0)
    throw new Error([...wrong, ...faults, ...(wrong.length > 0 ? ['run: npm run embed'] : [])].join('\n'));
}

/** Records the version of each collection that has a `versions.json` with its sources, if it is a new one. */
async function recordVersions(
  folder: string,
  embeddings: readonly Embedding[],
  isCheck: boolean,
): Promise<{ unrecorded: string[]; faults: string[] }> {
  const [unrecorded, faults]: [string[], string[]] = [[], []];
  for (const { name, file, collection } of embeddings) {
    const versionsFile = path.join(folder, 'src', name, 'versions.json');
    if (!existsSync(versionsFile)) continue;
    const text = readFileSync(versionsFile, 'utf8');
    try {
      const versions = await formatted(versionsFile, recordVersion(collection, parseVersions(text)), 2);
      if (versions !== text) unrecorded.push(`${versionsFile} lacks the version of ${file}`);
      if (versions !== text && !isCheck) writeFileSync(versionsFile, versions);
    } catch (error) {
      faults.push(`${file}: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
  return { unrecorded, faults };
}

/** Writes the generated files and removes old ones; with `isCheck`, only returns which files would change. */
async function writeGenerated(
  folder: string,
  { name, files }: GeneratedCollection,
  isCheck: boolean,
): Promise<string[]> {
  if (!existsSync(path.join(folder, 'src', name))) return [];
  const stale: string[] = [];
  for (const [file, content] of await files(folder)) {
    const text = content === undefined ? undefined : await formatted(file, content, 0);
    if (text === (existsSync(file) ? readFileSync(file, 'utf8') : undefined)) continue;
    stale.push(`${file} is not what its scenarios say`);
    if (isCheck) continue;
    if (text === undefined) rmSync(file);
    else writeFileSync(file, text);
  }
  return stale;
}

async function embed(folder: string, name: string): Promise<Embedding> {
  const file = collectionFile(folder, name);
  if (!existsSync(file)) throw new Error(`${file} is missing, but there are sources for it`);
  const collection = parseCollection(readFileSync(file, 'utf8'));
  const sources = readSources(folder, name);
  const faults = mismatches(collection, sources).map((fault) => `${file}: ${fault}`);
  if (faults.length > 0) throw new Error(faults.join('\n'));
  return { name, file, ...embedScripts(collection, await composeAll(sources)) };
}

async function composeAll(sources: ForRequests<Module>): Promise<ForRequests<string[]>> {
  const read = moduleReader();
  const composed = [...sources].map(async ([slug, modules]) => {
    const scripts = Object.entries(modules).map(async ([kind, module]) => [kind, await composeScript(module, read)]);
    return [slug, Object.fromEntries(await Promise.all(scripts)) as ForScripts<string[]>] as const; // the kinds are those of `modules`
  });
  return new Map(await Promise.all(composed));
}

/** With an indent of 0, everything that fits on a line is put on one line, as each step of a scenario. */
async function formatted(file: string, content: object, indent: 0 | 2): Promise<string> {
  const options = await resolveConfig(file);
  return format(JSON.stringify(content, null, indent), { ...options, parser: 'json' });
}
