import { requestsOf, type Collection, type Item, type ScriptEvent } from './shape';

export const scriptKinds = ['prerequest', 'test'] as const;

/** A value for each script of a request that has one. */
export type ForScripts<T> = { readonly [kind in (typeof scriptKinds)[number]]?: T };

/** The values for all requests of a collection, by the slug of the request's name. */
export type ForRequests<T> = ReadonlyMap<string, ForScripts<T>>;

/** The name of a request's folder: "Exchange code" becomes exchange-code. */
export function slugOf(requestName: string): string {
  return requestName
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-|-$/g, '');
}

/** The differences between the requests of a collection and the folders of its sources, one sentence for each. */
export function mismatches(collection: Collection, sources: ForRequests<unknown>): string[] {
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
 * Puts scripts, line by line, into a copy of the collection and changes nothing else in it. `stale` names the requests
 * whose scripts differed before.
 */
export function embedScripts(
  collection: Collection,
  scripts: ForRequests<readonly string[]>,
): { collection: Collection; stale: string[] } {
  const copy = structuredClone(collection);
  const stale = requestsOf(copy).filter((request) => {
    const before = JSON.stringify(request.event);
    embedRequest(request, scripts.get(slugOf(request.name)) ?? {});
    return JSON.stringify(request.event) !== before;
  });
  return { collection: copy, stale: stale.map((request) => request.name) };
}

function embedRequest(request: Item, scripts: ForScripts<readonly string[]>): void {
  for (const kind of scriptKinds) {
    const lines = scripts[kind];
    if (lines === undefined) continue;
    const event = eventOf(request, kind);
    // Newman skips a script that has `src`, and reports nothing.
    const { src: _, ...kept } = event.script;
    event.script = { ...kept, type: 'text/javascript', exec: [...lines] };
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

function scriptsWithoutSource(request: Item, sources: ForScripts<unknown>): string[] {
  return (request.event ?? [])
    .filter((event) => [event.script.exec ?? []].flat().join('').trim() !== '')
    .filter((event) => !scriptKinds.some((kind) => kind === event.listen && sources[kind] !== undefined))
    .map((event) => `request "${request.name}" has a ${event.listen} script but no source file for it`);
}
