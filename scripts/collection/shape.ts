import * as v from 'valibot';

/** A script event of a request. Keys that Postman added are kept. */
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

const collectionShape = v.looseObject({ item: v.array(itemShape), event: v.optional(v.array(eventShape)) });

export type ScriptEvent = v.InferOutput<typeof eventShape>;
/** A request, or a folder of them when it has `item`. */
export type Item = { name: string; item?: Item[] | undefined; event?: ScriptEvent[] | undefined };
export type Collection = { item: Item[]; event?: ScriptEvent[] | undefined };

/**
 * The collection in a JSON text, with all its other keys, in the order of the text.
 * Throws SyntaxError for a text that is not JSON, and ValiError for one that is not a collection.
 */
export function parseCollection(text: string): Collection {
  const collection: unknown = JSON.parse(text);
  // It is only checked, because the value that valibot returns has its known keys first.
  v.assert(collectionShape, collection);
  return collection;
}

/** Every request of the collection, in all its folders. */
export function requestsOf(folder: { item?: Item[] | undefined }): Item[] {
  return (folder.item ?? []).flatMap((item) => (item.item ? requestsOf(item) : [item]));
}
