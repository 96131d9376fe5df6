import * as v from 'valibot';
import { Document, isScalar, visit } from 'yaml';
import {
  collectionShape,
  environmentShape,
  type Auth,
  type Body,
  type Description,
  type Event,
  type Item,
  type Row,
} from './v3-shape';

/** The files of a collection by their paths from its folder, with `/` between their parts. */
export type Files = Map<string, string>;

/**
 * A collection v2.1 in Postman's format v3, which is a folder: a file for each request, and a `.resources/definition.yaml`
 * for each folder. Source: https://learning.postman.com/docs/collections/collections-schemas and the field reference
 * "collection-schema-v3" in github.com/postmanlabs/postman-plugin. v3 has no place for the collection's id and version.
 * @throws Error for what it has no place for, or for what this project doesn't use, such as saved responses; it names where
 */
export function v3Collection(collection: unknown): { folder: string; files: Files } {
  const { info, item, event, auth, variable } = shaped(collectionShape, collection);
  const scripts = scriptsOf(event, 'http:');
  const definition = { name: info.name, description: textOf(info.description), variables: rowsOf(variable), scripts };
  const files: Files = new Map([[definitionFile, yamlOf({ $kind: 'collection', ...definition, auth: authOf(auth) })]]);
  addItems(files, '', item);
  return { folder: stemOf(info.name, new Set()), files };
}

const definitionFile = '.resources/definition.yaml';

function addItems(files: Files, folder: string, items: readonly Item[]): void {
  const taken = new Set<string>();
  items.forEach((item, index) => {
    const order = (index + 1) * 1000;
    const stem = stemOf(item.name, taken);
    const name = stem === item.name ? undefined : item.name;
    if (item.item === undefined) {
      files.set(`${folder}${stem}.request.yaml`, yamlOf({ ...requestOf(item, name), order }));
      return;
    }
    const inner = `${folder}${stem}/`;
    const definition = { name, description: textOf(item.description), scripts: scriptsOf(item.event, 'http:') };
    files.set(
      `${inner}${definitionFile}`,
      yamlOf({ $kind: 'collection', ...definition, auth: authOf(item.auth), order }),
    );
    addItems(files, inner, item.item);
  });
}

/** What a file or folder is called: no characters that some systems refuse, and no name twice in one folder. */
function stemOf(name: string, taken: Set<string>): string {
  const plain =
    name
      .replaceAll(/[/\\:*?"<>|\p{Cc}]/gu, '-')
      .replace(/^\./, '-')
      .replace(/(?<![. ])[. ]+$/, '-') || '-';
  const isFree = (stem: string): boolean => !taken.has(stem.toLowerCase());
  let stem = plain;
  for (let count = 2; !isFree(stem); count += 1) stem = `${plain} ${count}`;
  taken.add(stem.toLowerCase());
  return stem;
}

function requestOf({ request = '', event, protocolProfileBehavior, description, auth }: Item, name?: string): object {
  const whole = typeof request === 'string' ? { url: request } : request;
  const url = typeof whole.url === 'string' ? { raw: whole.url } : whole.url;
  return {
    $kind: 'http-request',
    name,
    description: textOf(whole.description ?? description),
    url: url.raw,
    method: whole.method ?? 'GET',
    headers: rowsOf(whole.header),
    queryParams: rowsOf(url.query),
    pathVariables: rowsOf(url.variable),
    body: bodyOf(whole.body),
    auth: authOf(whole.auth ?? auth),
    scripts: scriptsOf(event, ''),
    settings: protocolProfileBehavior,
  };
}

function bodyOf(body: Body | undefined): object | undefined {
  if (body === undefined) return undefined;
  if (body.mode === 'raw') return { type: body.options?.raw.language ?? 'text', content: body.raw };
  return { type: body.mode, content: rowsOf(body.mode === 'urlencoded' ? body.urlencoded : body.formdata) ?? [] };
}

function rowsOf(rows: readonly Row[] | undefined): object[] | undefined {
  if (rows === undefined || rows.length === 0) return undefined;
  return rows.map(({ key, value, type, src, disabled, description }) => ({
    key,
    value: src === undefined ? (value ?? '') : undefined,
    type,
    src,
    description: textOf(description),
    disabled: disabled === true ? true : undefined,
  }));
}

function textOf(description: Description): string | undefined {
  return typeof description === 'object' ? description.content : description;
}

function authOf(auth: Auth | undefined): object | undefined {
  if (auth === undefined || auth.type === 'noauth') return auth;
  const credentials = v.parse(v.array(v.looseObject({ key: v.string(), value: v.unknown() })), auth[auth.type]);
  return { type: auth.type, credentials: Object.fromEntries(credentials.map(({ key, value }) => [key, value])) };
}

/** `prefix`: on a folder or collection the name of an event says for which kind of requests it is. */
function scriptsOf(events: readonly Event[] | undefined, prefix: '' | 'http:'): object[] | undefined {
  const scripts = (events ?? []).map(({ listen, script }) => ({
    type: `${prefix}${listen === 'test' ? 'afterResponse' : 'beforeRequest'}`,
    code: [script.exec ?? []].flat().join('\n'),
    language: 'text/javascript',
  }));
  const written = scripts.filter(({ code }) => code.trim() !== '');
  return written.length === 0 ? undefined : written;
}

/** An environment as Postman exports it, as the text of a file `NAME.environment.yaml`. */
export function v3Environment(environment: unknown): { name: string; text: string } {
  const { name, values } = shaped(environmentShape, environment);
  return {
    name,
    text: yamlOf({ name, values: values.map(({ key, value, enabled, type }) => ({ key, value, enabled, type })) }),
  };
}

function shaped<T>(shape: v.GenericSchema<unknown, T>, value: unknown): T {
  const parsed = v.safeParse(shape, value);
  if (parsed.success) return parsed.output;
  const [issue] = parsed.issues;
  throw new Error(`${v.getDotPath(issue) ?? ''} can't be written as v3: ${issue.message}`);
}

/**
 * Long lines stay whole, and scripts are blocks, as Postman writes them. What an older parser would take for a boolean is
 * quoted. Members that are undefined are left out.
 */
function yamlOf(value: object): string {
  const document = new Document(value, { compat: 'yaml-1.1' });
  visit(document, {
    Scalar: (key, scalar) => {
      if (key === 'key' || !isScalar<string>(scalar) || typeof scalar.value !== 'string') return;
      if (scalar.value.includes('\n')) scalar.type = scalar.value.trim() === '' ? 'QUOTE_DOUBLE' : 'BLOCK_LITERAL';
      else if (scalar.value.includes('{{')) scalar.type = 'QUOTE_SINGLE';
    },
  });
  return document.toString({ lineWidth: 0, singleQuote: true });
}
