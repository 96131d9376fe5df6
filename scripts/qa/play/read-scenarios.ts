import fs from 'node:fs';
import path from 'node:path';
import * as v from 'valibot';
import { invalid, systemCode } from '../../errors';
import { packageFolder } from '../../package-folder';
import { jsonOf } from '../../text/json';

const stepShape = v.looseObject({
  name: v.string(),
  request: v.looseObject({ description: v.optional(v.string(), '') }),
});
const folderShape = v.looseObject({
  name: v.pipe(v.string(), v.regex(/^QA-\d{3} ./)),
  description: v.optional(v.string(), ''),
  item: v.array(stepShape),
});
const collectionShape = v.looseObject({ item: v.array(folderShape) });
const rowsShape = v.pipe(v.array(v.record(v.string(), v.string())), v.minLength(1));

/** A collection as Newman takes it, with all scenarios or with some. */
type QaCollection = v.InferOutput<typeof collectionShape>;
type Rows = v.InferOutput<typeof rowsShape>;

/** One folder of the QA collection, and the rows it is played with. */
export interface QaScenario {
  readonly id: string;
  readonly title: string;
  readonly description: string;
  /** The names of its requests, in order. */
  readonly steps: readonly string[];
  readonly rows: Rows | undefined;
  readonly isLive: boolean;
  /** The whole collection with this folder alone, for Newman. */
  readonly collection: QaCollection;
}

const folder = path.join(packageFolder, 'collections');

/** Every scenario of the QA collection, in its order. @throws Failure `invalid` for a collection that is none of ours */
export function readScenarios(): QaScenario[] {
  const collection = readJson(path.join(folder, 'xero-oauth2-qa.postman_collection.json'), collectionShape);
  return collection.item.map((item) => {
    const [, id = '', title = ''] = /^(\S+) (.*)$/.exec(item.name) ?? [];
    const steps = item.item.map(({ name }) => name);
    const isLive = item.description.includes('Can be played against Xero itself.');
    const rows = item.description.includes(`qa-data/${id}.json`) ? readRows(id) : undefined;
    const { description } = item;
    return { id, title, description, steps, rows, isLive, collection: { ...collection, item: [item] } };
  });
}

function readRows(id: string): Rows {
  return readJson(path.join(folder, 'qa-data', `${id}.json`), rowsShape);
}

function readJson<T>(file: string, shape: v.GenericSchema<unknown, T>): T {
  try {
    const parsed = v.safeParse(shape, jsonOf(fs.readFileSync(file, 'utf8')));
    if (parsed.success) return parsed.output;
    const place = v.getDotPath(parsed.issues[0]) ?? 'the file';
    throw invalid('not_qa', `${file} is no QA collection: ${place} is not right`, 'make it again: npm run embed');
  } catch (error) {
    const code = systemCode(error);
    if (code === undefined) throw error;
    throw invalid('not_qa', `cannot read ${file} (${code})`, 'make it again: npm run embed', error);
  }
}
