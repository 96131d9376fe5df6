import { existsSync, mkdirSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { collectionFile, readSharedFunctions } from '../../collection/sources';
import { changelog, scenarios, version } from '../scenarios/all';
import { buildQaCollection } from './build';
import { readMainItems } from './main-requests';

export const qaCollection = 'xero-oauth2-qa';

/** The QA collection and the data files of its tables, by file; undefined for a data file that no scenario has. */
export function buildQaFiles(folder: string): Map<string, object | undefined> {
  const shared = new Map([...readSharedFunctions(folder), ...readSharedFunctions(folder, qaCollection)]);
  const collection = buildQaCollection({ scenarios, main: readMainItems(folder), shared, version, changelog });
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
