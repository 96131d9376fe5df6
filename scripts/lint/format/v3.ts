import type { Yaml } from '../../text/yaml';

/** A file of a collection. */
export interface V3File {
  readonly file: string;
  /** The parts of its path from the collection's folder, or from the folder in it that is being read. */
  readonly path: readonly string[];
  readonly yaml: Yaml;
}

/** A collection of Postman's format v3 as one of v2.1, and which file each item, folder and saved response comes from. */
export interface FromV3 {
  readonly json: object;
  /** Files by the keys that lead to their parts in the JSON, joined by `/`; '' for the collection's own. */
  readonly sources: ReadonlyMap<string, V3File>;
}

const collectionSchema = 'https://schema.getpostman.com/json/collection/v2.1.0/collection.json';

/**
 * Reads a v3 collection: requests `*.request.yaml`, and for a folder `.resources/definition.yaml`. Lists of rows may be
 * maps. What v3 knows and v2.1 doesn't, such as requests of gRPC, is kept as it is.
 */
export function fromV3(files: readonly V3File[], folderName: string): FromV3 {
  const sources = new Map<string, V3File>();
  const definition = files.find(({ path }) => isDefinition(path));
  const own = fieldsOf(definition);
  if (definition !== undefined) sources.set('', definition);
  const json = {
    info: { name: textOf(own['name']) || folderName, description: own['description'], schema: collectionSchema },
    item: itemsIn(files, 'item', sources),
    ...inheritable(own),
  };
  return { json, sources };
}

/** Environments, or a workspace's globals, as a collection with no request: their rows are the variables of items. */
export function environmentFromV3(files: readonly V3File[]): FromV3 {
  const item = files.map((file) => ({ name: 'environment', variable: rowsOf(fieldsOf(file)['values']) }));
  const sources = new Map(files.map((file, index) => [`item/${index}`, file]));
  return { json: { info: { schema: collectionSchema }, item }, sources };
}

type Fields = Readonly<Record<string, unknown>>;

interface Child {
  readonly name: string;
  readonly file: V3File | undefined;
  /** Those of a folder, or the saved responses of a request; with their paths from there. */
  readonly files: readonly V3File[];
  readonly isFolder: boolean;
}

function itemsIn(files: readonly V3File[], at: string, sources: Map<string, V3File>): object[] {
  const children = [...foldersIn(files), ...requestsIn(files)].toSorted(byOrder);
  return children.map((child, index) => {
    const here = `${at}/${index}`;
    if (child.file !== undefined) sources.set(here, child.file);
    const fields = fieldsOf(child.file);
    const name = textOf(fields['name']) || child.name;
    if (!child.isFolder) return { name, ...requestOf(fields), response: responsesIn(child.files, here, sources) };
    const item = itemsIn(child.files, `${here}/item`, sources);
    return { name, description: fields['description'], item, ...inheritable(fields) };
  });
}

function foldersIn(files: readonly V3File[]): Child[] {
  const names = new Set(files.flatMap(({ path: [name = ''], path }) => (path.length > 1 ? [name] : [])));
  return [...names]
    .filter((name) => name !== resources)
    .map((name) => {
      const inner = filesIn(files, name);
      return { name, file: inner.find(({ path }) => isDefinition(path)), files: inner, isFolder: true };
    });
}

function requestsIn(files: readonly V3File[]): Child[] {
  return files.flatMap((file): Child[] => {
    const stem = file.path.length === 1 ? /^(.*)\.request\.ya?ml$/.exec(file.path[0] ?? '')?.[1] : undefined;
    if (stem === undefined) return [];
    return [{ name: stem, file, files: filesIn(files, resources, `${stem}.resources`, 'examples'), isFolder: false }];
  });
}

const resources = '.resources';

function isDefinition(path: readonly string[]): boolean {
  return path.length === 2 && path[0] === resources && /^definition\.ya?ml$/.test(path[1] ?? '');
}

function filesIn(files: readonly V3File[], ...folder: readonly string[]): V3File[] {
  return files
    .filter(({ path }) => folder.every((name, index) => path[index] === name) && path.length > folder.length)
    .map((file) => ({ ...file, path: file.path.slice(folder.length) }));
}

/** By `order`, which may be missing, and then by name, as Postman shows them. */
function byOrder(a: Child, b: Child): number {
  const [first, second] = [a, b].map(({ file }) => Number(fieldsOf(file)['order'] ?? Infinity));
  return first === second ? a.name.localeCompare(b.name, 'en') : (first ?? 0) - (second ?? 0);
}

function requestOf(fields: Fields): object {
  const { $kind: kind, name: _, scripts, settings, order: _order, ...own } = fields;
  const event = eventsOf(scripts);
  if (kind !== undefined && kind !== 'http-request' && kind !== 'graphql-request') return { event, message: own };
  const { method, description, headers, body, auth } = own;
  const request = {
    method: textOf(method) || (kind === 'graphql-request' ? 'POST' : 'GET'),
    header: rowsOf(headers),
    url: urlOf(own),
    body: kind === 'graphql-request' ? graphqlOf(own) : bodyOf(body),
    auth: authOf(auth),
    description,
  };
  return { event, request, protocolProfileBehavior: settingsOf(settings) };
}

/** A URL as text, unless rows say more of it: which are switched off, and what stands for `:name`. */
function urlOf({ url, queryParams, pathVariables }: Fields): unknown {
  const raw = textOf(url);
  const [query, variable] = [rowsOf(queryParams), rowsOf(pathVariables)];
  if (query.length === 0 && variable.length === 0) return raw;
  const [, protocol, host = '', port, path = '', search = ''] =
    /^(?:([a-z]+):\/\/)?((?:\{\{.*?\}\}|[^/?#:{])*)(?::(\d+))?([^?#]*)(?:\?([^#]*))?/i.exec(raw) ?? [];
  return {
    raw,
    protocol,
    host: [host],
    port,
    path: path === '' ? undefined : path.slice(1).split('/'),
    query: query.length === 0 ? queryOf(search) : query,
    variable,
  };
}

function queryOf(search: string): object[] {
  return search.split('&').flatMap((row) => {
    const [key = '', ...value] = row.split('=');
    return key === '' ? [] : [{ key, value: value.join('=') }];
  });
}

function bodyOf(body: unknown): object | undefined {
  const { type, content } = asFields(body);
  if (type === undefined || type === 'none') return undefined;
  if (type === 'urlencoded' || type === 'formdata') return { mode: type, [type]: rowsOf(content) };
  if (type === 'file') return { mode: 'file', file: content };
  return { mode: 'raw', raw: textOf(content), options: type === 'text' ? undefined : { raw: { language: type } } };
}

function graphqlOf({ query, variables }: Fields): object {
  return { mode: 'graphql', graphql: { query: textOf(query), variables: textOf(variables) } };
}

/** v3 allows a list of settings, of which one is used. */
function authOf(auth: unknown): object | undefined {
  const all = [auth].flat().map(asFields);
  const [first] = all.filter(({ type }) => textOf(type) !== '' && type !== 'inherit');
  if (first === undefined) return undefined;
  const settings = all.map(({ type, credentials }) => [textOf(type), rowsOf(credentials)] as const);
  return { ...Object.fromEntries(settings.filter(([, rows]) => rows.length > 0)), type: first['type'] };
}

function inheritable({ auth, scripts, variables }: Fields): object {
  return { auth: authOf(auth), event: eventsOf(scripts), variable: rowsOf(variables) };
}

/** `http:beforeRequest`, `graphql:afterResponse` and what else begins with `before` and `after`. */
function eventsOf(scripts: unknown): object[] {
  return listOf(scripts).map((script) => {
    const { type, code, packages } = asFields(script);
    const name = textOf(type).replace(/^.*:/, '');
    const listen = name.startsWith('before') ? 'prerequest' : name.startsWith('after') ? 'test' : name;
    const exec = [code].flat().map(textOf).join('\n').split('\n');
    return { listen, script: { type: 'text/javascript', exec, packages } };
  });
}

/** Postman's settings of a request that v2.1 has as well. */
function settingsOf(settings: unknown): object | undefined {
  const { followRedirects, maxRedirects, strictSSL } = asFields(settings);
  const kept = {
    followRedirects,
    strictSSL,
    maxRedirects: maxRedirects === undefined ? undefined : Number(maxRedirects),
  };
  return Object.values(kept).every((value) => value === undefined) ? undefined : kept;
}

function responsesIn(files: readonly V3File[], at: string, sources: Map<string, V3File>): object[] {
  return files.map((file, index) => {
    sources.set(`${at}/response/${index}`, file);
    const { name, request, response } = fieldsOf(file);
    const { statusCode, statusText, headers, body } = asFields(response);
    const originalRequest = requestOf({ ...asFields(request), $kind: 'http-request' });
    const answer = { code: Number(statusCode), status: statusText, header: rowsOf(headers) };
    return { name: textOf(name), ...answer, body: textOf(asFields(body)['content']), originalRequest };
  });
}

/** Rows from a list or a map, with values that are texts. A value that is none is kept: it may hold texts. */
function rowsOf(rows: unknown): object[] {
  const list = Array.isArray(rows)
    ? rows.map(asFields)
    : Object.entries(asFields(rows)).map(([key, value]) => ({ key, value }));
  return list.map((row: Fields) => {
    const { value } = row;
    if (value === undefined || value === null) return { ...row, value: '' };
    return typeof value === 'object' ? row : { ...row, value: textOf(value) };
  });
}

function fieldsOf(file: V3File | undefined): Fields {
  return asFields(file?.yaml.data);
}

function asFields(value: unknown): Fields {
  return typeof value === 'object' && value !== null ? (value as Fields) : {}; // any object has fields
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? (value as unknown[]) : [];
}

function textOf(value: unknown): string {
  return typeof value === 'string' || typeof value === 'boolean' ? String(value) : '';
}
