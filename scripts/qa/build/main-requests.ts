import { readFileSync } from 'node:fs';
import { slugOf, type RequestSources } from '../../collection/embed-scripts';
import { parseCollection, requestsOf, type Item } from '../../collection/shape';
import { collectionFile, readSources } from '../../collection/sources';

/** A request of the main collection with its script files. */
export interface MainItem {
  readonly request: object;
  readonly sources: RequestSources;
}

const main = 'xero-oauth2';

/** The main collection's requests, which the QA collection sends as they are. */
export function readMainItems(folder: string): ReadonlyMap<string, MainItem> {
  const collection = parseCollection(readFileSync(collectionFile(folder, main), 'utf8'));
  const sources = readSources(folder, main);
  const items = requestsOf(collection) as (Item & { request: { description?: string } })[];
  return new Map(
    items.map(({ name, request: { description: _, ...request } }) => [
      name,
      { request, sources: sources.get(slugOf(name)) ?? {} },
    ]),
  );
}
