import fs from 'node:fs';
import path from 'node:path';
import { invalid, systemCode } from '../errors';
import { readGiven } from '../given-file';
import { readYaml } from '../text/yaml';
import { collectionFrom, sourceIn, type Collection } from './collection';
import type { FilePath } from './format/file-path';
import { linesOf } from './format/json-lines';
import { environmentFromV3, fromV3, type V3File } from './format/v3';
import { fileOf, lineOf } from './format/v3-places';

/** A collection, and where its parts stand on the disk. */
export interface CollectionFile {
  readonly collection: Collection;
  fileOf(at: FilePath | undefined): string;
  /** The line of a part in its file, from 1; `line` counts from 1 in a script whose path it is. */
  lineOf(at: FilePath | undefined, line: number | null): number;
}

/**
 * The collections at a path, each by the path that `readCollection` reads: a file is one; in a folder they are those of
 * format v3 in it and below, with the environments.
 */
export function collectionsAt(place: string): string[] {
  if (!isFolder(place)) return [place];
  const found = v3In(place);
  return found.length === 0 ? [place] : found;
}

/**
 * Reads a collection: JSON of format v2, a folder of format v3, or one of its files. This is where another format is added:
 * what reads it hands its JSON in the form of format v2 to `collectionFrom`, and tells which of its files a part is from.
 * @throws Failure `invalid` when it cannot be read or is no collection
 */
export function readCollection(place: string): CollectionFile {
  if (isFolder(place) || yamlName.test(place)) return readV3(place);
  const text = readText(place);
  const collection = collectionFrom(sourceIn(text, place), place);
  let linesOfText: ReturnType<typeof linesOf> | undefined; // made when it is asked for: it takes longer than reading
  return {
    collection,
    fileOf: () => place,
    lineOf: (at, line) => {
      linesOfText ??= linesOf(text);
      return linesOfText(line === null ? at : { key: line - 1, in: at });
    },
  };
}

const yamlName = /\.ya?ml$/;
const environmentName = /\.(environment|globals)\.ya?ml$/;
const requestName = /\.request\.ya?ml$/;
const definitionName = /^definition\.ya?ml$/;

function isFolder(place: string): boolean {
  return fs.statSync(place, { throwIfNoEntry: false })?.isDirectory() === true;
}

/** Whether a folder is a collection: it has a definition, or a request. */
function isCollection(folder: string): boolean {
  const resources = path.join(folder, '.resources');
  const definitions = isFolder(resources) ? entriesOf(resources) : [];
  return (
    definitions.some(({ name }) => definitionName.test(name)) ||
    entriesOf(folder).some(({ name }) => requestName.test(name))
  );
}

function entriesOf(folder: string): readonly fs.Dirent[] {
  return asked(folder, () => fs.readdirSync(folder, { withFileTypes: true }));
}

/** The folders that are collections, and the environments, which may be among their files. */
function v3In(folder: string, isInCollection = false): string[] {
  const isOne = !isInCollection && isCollection(folder);
  const entries = entriesOf(folder).toSorted((a, b) => a.name.localeCompare(b.name, 'en'));
  const inner = entries.flatMap((entry): string[] => {
    const place = path.join(folder, entry.name);
    if (entry.isFile()) return environmentName.test(entry.name) ? [place] : [];
    const isLookedAt = entry.isDirectory() && !entry.name.startsWith('.') && entry.name !== 'node_modules';
    return isLookedAt ? v3In(place, isInCollection || isOne) : [];
  });
  return isOne ? [folder, ...inner] : inner;
}

/** A whole collection, or one file of it: an environment, or a request alone. */
function readV3(place: string): CollectionFile {
  const isWhole = isFolder(place);
  const isKnown = isWhole ? isCollection(place) : environmentName.test(place) || requestName.test(place);
  if (!isKnown) throw invalid('not_a_collection', `${place} holds no collection of Postman's format v3`, hint);
  const folder = isWhole ? place : path.dirname(place);
  const files = (isWhole ? filesIn(place) : [path.basename(place)]).map((file) => readV3File(folder, file));
  const name = path.basename(path.resolve(folder));
  const found = environmentName.test(place) ? environmentFromV3(files) : fromV3(files, name);
  return {
    collection: collectionFrom(found, place),
    fileOf: (at) => fileOf(found, at)?.file ?? place,
    lineOf: (at, line) => lineOf(found, at, line),
  };
}

function filesIn(folder: string): string[] {
  const entries = asked(folder, () => fs.readdirSync(folder, { recursive: true, withFileTypes: true }));
  const files = entries.filter((entry) => entry.isFile() && partOfCollection.test(entry.name));
  return files.map(({ parentPath, name }) => path.relative(folder, path.join(parentPath, name)));
}

const partOfCollection = /^definition\.ya?ml$|\.(request|example)\.ya?ml$/;

function readV3File(folder: string, file: string): V3File {
  const place = path.join(folder, file);
  const yaml = readYaml(readText(place));
  if (yaml === undefined)
    throw invalid('not_yaml', `${place} is not YAML`, 'open it in Postman, or quote what has braces or colons');
  return { file: place, path: file.split(path.sep), yaml };
}

/** Collections with many saved answers have a few megabytes; a larger file is not a collection. */
const largestFileBytes = 64 * 1024 * 1024;

function readText(file: string): string {
  return asked(file, () => {
    return readGiven(file, largestFileBytes).toString('utf8');
  });
}

/** What the disk answers. @throws Failure `invalid` where it refuses */
function asked<T>(place: string, ask: () => T): T {
  try {
    return ask();
  } catch (error) {
    const code = systemCode(error);
    if (code === undefined) throw error;
    throw invalid('unreadable', `cannot read ${place} (${code})`, hint, error);
  }
}

const hint =
  'give the path of a Postman collection export, as in collections/xero-oauth2.postman_collection.json, or a folder of format v3';
