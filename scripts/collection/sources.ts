import { existsSync, readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import type { ReadModule } from './compose';
import { scriptKinds, type ForRequests, type ForScripts } from './embed-scripts';
import { parseModule, type Module } from './module';

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
export function readSources(folder: string, name: string): ForRequests<Module> {
  const root = path.join(folder, 'src', name);
  const slugs = foldersIn(root).filter((slug) => slug !== '_shared');
  return new Map(slugs.map((slug) => [slug, readRequestSources(path.join(root, slug))]));
}

function readRequestSources(folder: string): ForScripts<Module> {
  const files = scriptKinds.map((kind) => [kind, path.join(folder, `${kind}.js`)] as const);
  const there = files.filter(([, file]) => existsSync(file));
  return Object.fromEntries(there.map(([kind, file]) => [kind, readModule(file)]));
}

/** Reads the modules that scripts import, each file once. @throws Error for a module that does not exist */
export function moduleReader(): ReadModule {
  const known = new Map<string, Module>();
  return (pathname) => {
    const file = ['.js', '.ts'].map((ending) => pathname + ending).find(existsSync);
    if (file === undefined) throw new Error(`there is no module ${pathname}`);
    const module = known.get(file) ?? readModule(file);
    known.set(file, module);
    return module;
  };
}

function readModule(file: string): Module {
  return parseModule(readFileSync(file, 'utf8'), file);
}

function foldersIn(folder: string): string[] {
  if (!existsSync(folder)) return [];
  const entries = readdirSync(folder, { withFileTypes: true });
  return entries.filter((entry) => entry.isDirectory()).map((entry) => entry.name);
}
