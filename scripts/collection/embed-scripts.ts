import { composeScript, type SharedFunctions } from './compose';
import { requestsOf, type Collection, type Item, type ScriptEvent } from './shape';

export const scriptKinds = ['prerequest', 'test'] as const;

/** The script files of one request. */
export type RequestSources = { readonly [kind in (typeof scriptKinds)[number]]?: string };

/** The script files of one collection, by the slug of the request's name. */
export type CollectionSources = ReadonlyMap<string, RequestSources>;

/** The name of a request's folder: "Exchange code" becomes exchange-code. */
export function slugOf(requestName: string): string {
  return requestName
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-|-$/g, '');
}

/** What keeps the collection and its sources from fitting together, one sentence each. */
export function mismatches(collection: Collection, sources: CollectionSources): string[] {
  const requests = requestsOf(collection);
  const slugs = requests.map((request) => slugOf(request.name));
  return [
    ...requests
      .filter((one) => !sources.has(slugOf(one.name)))
      .map((one) => `request "${one.name}" has no source folder`),
    ...[...sources.keys()]
      .filter((slug) => !slugs.includes(slug))
      .map((slug) => `folder ${slug} belongs to no request`),
    ...slugs.filter((slug, at) => slugs.indexOf(slug) !== at).map((slug) => `two requests share the folder ${slug}`),
    ...requests.flatMap((request) => scriptsWithoutSource(request, sources.get(slugOf(request.name)) ?? {})),
  ];
}

/**
 * Puts the scripts into a copy of the collection and changes nothing else in it. `stale` names the requests
 * whose scripts were not what their sources say.
 */
export function embedScripts(
  collection: Collection,
  sources: CollectionSources,
  shared: SharedFunctions,
): { collection: Collection; stale: string[] } {
  const copy = structuredClone(collection);
  const stale = requestsOf(copy).filter((request) => {
    const before = JSON.stringify(request.event);
    embedRequest(request, sources.get(slugOf(request.name)) ?? {}, shared);
    return JSON.stringify(request.event) !== before;
  });
  return { collection: copy, stale: stale.map((request) => request.name) };
}

function embedRequest(request: Item, sources: RequestSources, shared: SharedFunctions): void {
  for (const kind of scriptKinds) {
    const source = sources[kind];
    if (source === undefined) continue;
    const event = eventOf(request, kind);
    // A script with src is skipped by Newman without a word.
    const { src: _, ...kept } = event.script;
    event.script = { ...kept, type: 'text/javascript', exec: composeScript(source, shared) };
  }
}

function eventOf(request: Item, listen: string): ScriptEvent {
  request.event ??= [];
  const existing = request.event.find((event) => event.listen === listen);
  if (existing) return existing;
  const added: ScriptEvent = { listen, script: {} };
  request.event.push(added);
  return added;
}

function scriptsWithoutSource(request: Item, sources: RequestSources): string[] {
  return (request.event ?? [])
    .filter((event) => [event.script.exec ?? []].flat().join('').trim() !== '')
    .filter((event) => !scriptKinds.some((kind) => kind === event.listen && sources[kind] !== undefined))
    .map((event) => `request "${request.name}" has a ${event.listen} script but no source file for it`);
}
