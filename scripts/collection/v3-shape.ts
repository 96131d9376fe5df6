import * as v from 'valibot';

const description = v.optional(v.union([v.string(), v.strictObject({ content: v.string(), type: v.string() })]));

/** A row of headers, of a URL, of a form or of variables. */
const rowShape = v.strictObject({
  key: v.string(),
  name: v.optional(v.string()), // the key again, in old exports
  value: v.optional(v.nullable(v.string())),
  type: v.optional(v.string()),
  src: v.optional(v.union([v.string(), v.array(v.string())])),
  disabled: v.optional(v.boolean()),
  description,
});
const rows = v.optional(v.array(rowShape));

const authShape = v.looseObject({ type: v.string() });

const eventShape = v.strictObject({
  listen: v.picklist(['prerequest', 'test']),
  script: v.strictObject({
    id: v.optional(v.string()),
    type: v.optional(v.string()),
    exec: v.optional(v.union([v.string(), v.array(v.string())])),
  }),
});
const events = v.optional(v.array(eventShape));

const texts = v.optional(v.union([v.string(), v.array(v.string())]));

const urlShape = v.strictObject({
  raw: v.string(),
  protocol: texts,
  host: texts,
  port: texts,
  path: texts,
  query: rows,
  variable: rows,
});

const language = v.picklist(['json', 'text', 'xml', 'html', 'javascript']);
const options = v.optional(v.strictObject({ raw: v.strictObject({ language }) }));

const bodyShape = v.variant('mode', [
  v.strictObject({ mode: v.literal('raw'), raw: v.string(), options }),
  v.strictObject({ mode: v.literal('urlencoded'), urlencoded: v.array(rowShape) }),
  v.strictObject({ mode: v.literal('formdata'), formdata: v.array(rowShape) }),
]);

const requestShape = v.union([
  v.string(),
  v.strictObject({
    method: v.optional(v.string()),
    url: v.union([v.string(), urlShape]),
    header: rows,
    body: v.optional(bodyShape),
    auth: v.optional(authShape),
    description,
  }),
]);

/** The settings of a request that v3 knows as well, under the same names. */
const settingsShape = v.strictObject({
  followRedirects: v.optional(v.boolean()),
  maxRedirects: v.optional(v.number()),
  strictSSL: v.optional(v.boolean()),
});

const itemShape: v.GenericSchema<Item> = v.strictObject({
  name: v.string(),
  id: v.optional(v.string()),
  description,
  item: v.optional(v.array(v.lazy(() => itemShape))),
  request: v.optional(requestShape),
  response: v.optional(v.pipe(v.array(v.unknown()), v.maxLength(0, 'saved responses are not written as v3'))),
  event: events,
  auth: v.optional(authShape),
  protocolProfileBehavior: v.optional(settingsShape),
});

/** A collection v2.1 that has nothing but what can be written as v3: anything else is a fault, not left out. */
export const collectionShape = v.strictObject({
  info: v.looseObject({ name: v.string(), description }),
  item: v.array(itemShape),
  event: events,
  auth: v.optional(authShape),
  variable: rows,
});

/** An environment as Postman exports it. */
export const environmentShape = v.looseObject({
  name: v.string(),
  values: v.array(
    v.strictObject({
      key: v.string(),
      value: v.string(),
      type: v.picklist(['default', 'secret']),
      enabled: v.boolean(),
    }),
  ),
});

export type Description = v.InferOutput<typeof description>;
export type Row = v.InferOutput<typeof rowShape>;
export type Auth = v.InferOutput<typeof authShape>;
export type Event = v.InferOutput<typeof eventShape>;
type Request = v.InferOutput<typeof requestShape>;
export type Body = v.InferOutput<typeof bodyShape>;

/** A request, or a folder of them when it has `item`. */
export interface Item {
  name: string;
  id?: string | undefined;
  description?: Description | undefined;
  item?: Item[] | undefined;
  request?: Request | undefined;
  response?: unknown[] | undefined;
  event?: Event[] | undefined;
  auth?: Auth | undefined;
  protocolProfileBehavior?: v.InferOutput<typeof settingsShape> | undefined;
}
