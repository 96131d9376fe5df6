import * as v from 'valibot';

/** A script event of a request; Postman may add keys of its own, which stay. */
const eventShape = v.looseObject({
  listen: v.string(),
  script: v.looseObject({
    type: v.optional(v.string()),
    exec: v.optional(v.union([v.string(), v.array(v.string())])),
  }),
});

const itemShape: v.GenericSchema<Item> = v.looseObject({
  name: v.string(),
  item: v.optional(v.array(v.lazy(() => itemShape))),
  event: v.optional(v.array(eventShape)),
});

const collectionShape = v.looseObject({ item: v.array(itemShape) });

export type ScriptEvent = v.InferOutput<typeof eventShape>;
/** A request, or a folder of them when it has `item`. */
export type Item = { name: string; item?: Item[] | undefined; event?: ScriptEvent[] | undefined };
export type Collection = { item: Item[] };

/**
 * The collection in a JSON text, with everything else that stands in it, in the order in which it stands there.
 * Throws SyntaxError for what is not JSON and ValiError for what is not a collection.
 */
export function parseCollection(text: string): Collection {
  const collection: unknown = JSON.parse(text);
  // Only asserted: valibot's own output would put the known keys first.
  v.assert(collectionShape, collection);
  return collection;
}

/** Every request of the collection, whatever folder it is in. */
export function requestsOf(folder: { item?: Item[] | undefined }): Item[] {
  return (folder.item ?? []).flatMap((item) => (item.item ? requestsOf(item) : [item]));
}
