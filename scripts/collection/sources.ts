import { existsSync, readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import type { SharedFunctions } from './compose';
import { scriptKinds, type CollectionSources, type RequestSources } from './embed-scripts';

const collectionSuffix = '.postman_collection.json';

/** The names of the collections in a folder, whether they have a JSON file, sources or both. */
export function collectionNames(folder: string): string[] {
  const files = readdirSync(folder).filter((file) => file.endsWith(collectionSuffix));
  const names = files.map((file) => file.slice(0, -collectionSuffix.length));
  const sourceFolders = foldersIn(path.join(folder, 'src')).filter((name) => name !== '_shared');
  return [...new Set([...names, ...sourceFolders])].sort();
}

export function collectionFile(folder: string, name: string): string {
  return path.join(folder, name + collectionSuffix);
}

/** The script files of one collection: `src/<collection>/<request-slug>/{prerequest,test}.js`. */
export function readSources(folder: string, name: string): CollectionSources {
  const root = path.join(folder, 'src', name);
  return new Map(foldersIn(root).map((slug) => [slug, readRequestSources(path.join(root, slug))]));
}

/** The functions of `src/_shared/`, or those that one collection has for itself. Throws when a file does not define the function it is named after. */
export function readSharedFunctions(folder: string, collection = ''): SharedFunctions {
  const root = path.join(folder, 'src', collection, '_shared');
  const files = existsSync(root) ? readdirSync(root).filter((file) => file.endsWith('.js')) : [];
  return new Map(
    files.map((file) => {
      const name = path.basename(file, '.js');
      const source = readFileSync(path.join(root, file), 'utf8');
      if (!source.includes(`function ${name}(`))
        throw new Error(`_shared/${file} does not define the function ${name}`);
      return [name, source];
    }),
  );
}

function readRequestSources(folder: string): RequestSources {
  const kinds = scriptKinds.filter((kind) => existsSync(path.join(folder, `${kind}.js`)));
  return Object.fromEntries(kinds.map((kind) => [kind, readFileSync(path.join(folder, `${kind}.js`), 'utf8')]));
}

function foldersIn(folder: string): string[] {
  if (!existsSync(folder)) return [];
  const entries = readdirSync(folder, { withFileTypes: true });
  return entries.filter((entry) => entry.isDirectory()).map((entry) => entry.name);
}
