import { requestsOf, type Collection, type Item, type ScriptEvent } from './shape';

export const scriptKinds = ['prerequest', 'test'] as const;

/** A value for each script of a request that has one. */
export type ForScripts<T> = { readonly [kind in (typeof scriptKinds)[number]]?: T };

/** The values for all requests of a collection, by the slug of the request's name, and for the collection itself. */
export type ForRequests<T> = ReadonlyMap<string, ForScripts<T>>;

/** The folder of the collection's own scripts, which run before those of each request. */
const ofCollection = '_collection';

/** What has scripts: the collection itself or a request. */
interface Owner {
  readonly slug: string;
  readonly name: string;
  readonly holder: Pick<Item, 'event'>;
}

function ownersOf(collection: Collection): Owner[] {
  const requests = requestsOf(collection).map((one): Owner => ({
    slug: slugOf(one.name),
    name: one.name,
    holder: one,
  }));
  return [{ slug: ofCollection, name: 'the collection', holder: collection }, ...requests];
}

/** The name of a request's folder: "Exchange code" becomes exchange-code. */
export function slugOf(requestName: string): string {
  return requestName
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-|-$/g, '');
}

/** The differences between the requests of a collection and the folders of its sources, one sentence for each. */
export function mismatches(collection: Collection, sources: ForRequests<unknown>): string[] {
  const owners = ownersOf(collection);
  const slugs = owners.map(({ slug }) => slug);
  return [
    ...owners
      .filter(({ slug }) => slug !== ofCollection && !sources.has(slug))
      .map(({ name }) => `request "${name}" has no source folder`),
    ...[...sources.keys()]
      .filter((slug) => !slugs.includes(slug))
      .map((slug) => `folder ${slug} belongs to no request`),
    ...slugs.filter((slug, at) => slugs.indexOf(slug) !== at).map((slug) => `two requests share the folder ${slug}`),
    ...owners.flatMap((owner) => scriptsWithoutSource(owner, sources.get(owner.slug) ?? {})),
  ];
}

/**
 * Puts scripts, line by line, into a copy of the collection and changes nothing else in it. `stale` names the
 * requests whose scripts differed before.
 */
export function embedScripts(
  collection: Collection,
  scripts: ForRequests<readonly string[]>,
): { collection: Collection; stale: string[] } {
  const copy = structuredClone(collection);
  const stale = ownersOf(copy).filter(({ slug, holder }) => {
    const before = JSON.stringify(holder.event);
    embedInto(holder, scripts.get(slug) ?? {});
    return JSON.stringify(holder.event) !== before;
  });
  return { collection: copy, stale: stale.map(({ name }) => name) };
}

function embedInto(holder: Owner['holder'], scripts: ForScripts<readonly string[]>): void {
  for (const kind of scriptKinds) {
    const lines = scripts[kind];
    if (lines === undefined) continue;
    const event = eventOf(holder, kind);
    // Newman skips a script that has `src`, and reports nothing.
    const { src: _, ...kept } = event.script;
    event.script = { ...kept, type: 'text/javascript', exec: [...lines] };
  }
}

function eventOf(holder: Owner['holder'], listen: string): ScriptEvent {
  holder.event ??= [];
  const existing = holder.event.find((event) => event.listen === listen);
  if (existing) return existing;
  const added: ScriptEvent = { listen, script: {} };
  holder.event.push(added);
  return added;
}

function scriptsWithoutSource({ name, slug, holder }: Owner, sources: ForScripts<unknown>): string[] {
  const what = slug === ofCollection ? name : `request "${name}"`;
  return (holder.event ?? [])
    .filter((event) => [event.script.exec ?? []].flat().join('').trim() !== '')
    .filter((event) => !scriptKinds.some((kind) => kind === event.listen && sources[kind] !== undefined))
    .map((event) => `${what} has a ${event.listen} script but no source file for it`);
}
