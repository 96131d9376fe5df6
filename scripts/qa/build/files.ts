import { existsSync, mkdirSync, readdirSync } from 'node:fs';
import path from 'node:path';
import type { GeneratedCollection } from '../../collection/embed-files';
import { collectionFile, moduleReader } from '../../collection/sources';
import { changelog, scenarios, version } from '../scenarios/all';
import { buildQaCollection } from './build';
import { readMainItems } from './main-requests';

const qaCollection = 'xero-oauth2-qa';

export const qaFiles: GeneratedCollection = { name: qaCollection, files: buildQaFiles };

/** The QA collection and the data files of its tables, by file; undefined for a data file that no scenario has. */
async function buildQaFiles(folder: string): Promise<Map<string, object | undefined>> {
  const modules = { folder: path.join(folder, 'src', qaCollection), read: moduleReader() };
  const main = readMainItems(folder);
  const collection = await buildQaCollection({ scenarios, main, modules, version, changelog });
  const dataFolder = path.join(folder, 'qa-data');
  if (!existsSync(dataFolder)) mkdirSync(dataFolder);
  return new Map<string, object | undefined>([
    [collectionFile(folder, qaCollection), collection],
    ...readdirSync(dataFolder).map((file): [string, undefined] => [path.join(dataFolder, file), undefined]),
    ...scenarios.flatMap(({ id, rows }): [string, object][] =>
      rows === undefined ? [] : [[path.join(dataFolder, `${id}.json`), [...rows]]],
    ),
  ]);
}
