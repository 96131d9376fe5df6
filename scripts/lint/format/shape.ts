import * as v from 'valibot';

const text = v.nullish(v.string());
const lines = v.nullish(v.union([v.string(), v.array(v.nullable(v.string()))]));

const rowShape = v.looseObject({ key: text, value: v.optional(v.unknown()) });

const scriptShape = v.union([
  v.string(),
  v.array(v.string()),
  v.looseObject({ exec: lines, src: v.optional(v.unknown()) }),
]);

const eventShape = v.looseObject({ listen: text, script: v.nullish(scriptShape), disabled: v.nullish(v.boolean()) });

const urlShape = v.union([
  v.string(),
  v.looseObject({ raw: text, protocol: text, host: lines, port: v.optional(v.unknown()) }),
]);

const bodyShape = v.looseObject({ mode: text, raw: text, formdata: v.nullish(v.array(rowShape)) });

const requestShape = v.union([
  v.string(),
  v.looseObject({
    method: text,
    url: v.nullish(urlShape),
    header: v.nullish(v.union([v.string(), v.array(v.union([v.string(), rowShape]))])),
    body: v.nullish(bodyShape),
  }),
]);

const itemShape: v.GenericSchema<unknown, Item> = v.looseObject({
  name: text,
  item: v.optional(v.array(v.lazy(() => itemShape))),
  request: v.nullish(requestShape),
  event: v.nullish(v.array(eventShape)),
});

/** A Postman collection, v2.0 or v2.1, as far as the lint reads it. It may contain anything else. */
export const collectionShape = v.looseObject({
  info: v.looseObject({ schema: text }),
  item: v.array(itemShape),
  event: v.nullish(v.array(eventShape)),
});

/** Whether a value is an event, wherever in a file. */
export function isEvent(value: unknown): value is EventShape {
  return v.is(eventShape, value);
}

/** The text of a script, and the properties that lead to it. */
export function textOfScript(script: EventShape['script']): { text: string; field: readonly string[] } {
  if (script === null || script === undefined) return { text: '', field: [] };
  if (typeof script === 'string' || Array.isArray(script))
    return { text: [script].flat().join('\n'), field: ['script'] };
  return { text: [script.exec ?? []].flat().join('\n'), field: ['script', 'exec'] };
}

export type EventShape = v.InferOutput<typeof eventShape>;
export type UrlShape = v.InferOutput<typeof urlShape>;
export type RequestShape = v.InferOutput<typeof requestShape>;

/** A request, or a folder of them when it has `item`. */
export interface Item {
  name?: string | null | undefined;
  item?: Item[] | undefined;
  request?: RequestShape | null | undefined;
  event?: EventShape[] | null | undefined;
}
