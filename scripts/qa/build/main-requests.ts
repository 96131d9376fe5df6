import { readFileSync } from 'node:fs';
import { slugOf, type ForScripts } from '../../collection/embed-scripts';
import type { Module } from '../../collection/module';
import { parseCollection, requestsOf, type Item } from '../../collection/shape';
import { collectionFile, readSources } from '../../collection/sources';

/** A request of the main collection with its script files. */
export interface MainItem {
  readonly request: { readonly header: readonly object[]; readonly [key: string]: unknown };
  readonly sources: ForScripts<Module>;
}

const main = 'xero-oauth2';

/** The main collection's requests, which the QA collection sends as they are. */
export function readMainItems(folder: string): ReadonlyMap<string, MainItem> {
  const collection = parseCollection(readFileSync(collectionFile(folder, main), 'utf8'));
  const sources = readSources(folder, main);
  const items = requestsOf(collection) as (Item & { request: FullRequest })[];
  return new Map(
    items.map(({ name, request }) => [name, { request: short(request), sources: sources.get(slugOf(name)) ?? {} }]),
  );
}

type FullRequest = MainItem['request'] & { readonly description?: string; readonly url: { readonly raw: string } };

/** A request is in a scenario many times: what it says of itself stays behind, and its URL is one text. */
function short({ description: _, url, ...request }: FullRequest): MainItem['request'] {
  return { ...request, url: url.raw };
}
