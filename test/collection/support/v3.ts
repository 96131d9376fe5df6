import { readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { v3Collection } from '../../../scripts/collection/v3';
import { fromV3 } from '../../../scripts/lint/format/v3';
import { readYaml } from '../../../scripts/text/yaml';

/** The collection in a folder of format v3, in the form of v2.1, which Newman runs. */
export function readV3(folder: string): object {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  const files = entries.map(({ parentPath, name }): [string, string] => {
    const file = path.join(parentPath, name);
    return [path.relative(folder, file), readFileSync(file, 'utf8')];
  });
  return collectionOf(new Map(files), path.basename(folder));
}

/** A collection v2.1 written as v3 and read back. */
export function throughV3(collection: object): object {
  const { files, folder } = v3Collection(collection);
  return collectionOf(files, folder);
}

export function collectionOf(files: ReadonlyMap<string, string>, name: string): object {
  const read = [...files].map(([file, text]) => {
    const yaml = readYaml(text);
    if (yaml === undefined) throw new Error(`${file} is no YAML`);
    return { file, path: file.split(/[\\/]/), yaml };
  });
  return JSON.parse(JSON.stringify(fromV3(read, name).json)) as object; // without what is undefined
}
