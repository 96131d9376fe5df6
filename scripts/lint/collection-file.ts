import fs from 'node:fs';
import { invalid, systemCode } from '../errors';
import { collectionFrom, sourceIn, type Collection } from './collection';
import type { FilePath } from './file-path';
import { linesOf } from './json-lines';

/** A collection, and where its parts stand on the disk. */
export interface CollectionFile {
  readonly collection: Collection;
  /** The file and line of a part; `line` counts from 1 in a script whose path it is. */
  locate(at: FilePath | undefined, line: number | null): Location;
}

export interface Location {
  readonly file: string;
  /** From 1. */
  readonly line: number;
}

/**
 * Reads what stands at a path as a collection. This is where another format is added: what reads it hands its JSON in the
 * form of format v2 to `collectionFrom`, and tells by `locate` which of its files a part came from.
 * @throws Failure `invalid` when it cannot be read or is no collection
 */
export function readCollection(file: string): CollectionFile {
  const text = readText(file);
  const collection = collectionFrom(sourceIn(text, file), file);
  let lineOf: ReturnType<typeof linesOf> | undefined; // made when it is asked for: it takes longer than reading
  const locate = (at: FilePath | undefined, line: number | null): Location => {
    lineOf ??= linesOf(text);
    return { file, line: lineOf(line === null ? at : { key: line - 1, in: at }) };
  };
  return { collection, locate };
}

/** Collections with many saved answers have a few megabytes; a larger file is not a collection. */
const largestFileBytes = 64 * 1024 * 1024;

function readText(file: string): string {
  try {
    const { size } = fs.statSync(file);
    if (size > largestFileBytes) throw invalid('too_large', `${file} is too large for a collection`, hint);
    return fs.readFileSync(file, 'utf8');
  } catch (error) {
    const code = systemCode(error);
    if (code === undefined) throw error;
    throw invalid('unreadable', `cannot read ${file} (${code})`, hint, error);
  }
}

const hint = 'give the path of a Postman collection export, as in collections/xero-oauth2.postman_collection.json';
