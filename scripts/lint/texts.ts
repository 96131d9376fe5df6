import { below, type FilePath } from './format/file-path';
import { printable } from './secrets/printable';
import type { ParsedScript } from './script/script';
import type { SecretPlace } from './secrets/secret-values';
import { isEvent, textOfScript, type EventShape } from './format/shape';
import { scriptName, withPart } from './format/where';

/** A text somewhere in the file, with the key that it belongs to. */
export interface Text {
  readonly where: string;
  /** Which part of a request, folder or collection it belongs to. */
  readonly part: string;
  /** The key of its row or property; '' for a text that has none, such as a line of a script. */
  readonly key: string;
  readonly text: string;
  /** How it stands there; `text` for one that may hold names and values of its own, `name` for what people call things. */
  readonly place: SecretPlace | 'text' | 'name';
  readonly at: FilePath | undefined;
  /** The name of the user, in the settings of an authorisation; else ''. */
  readonly user: string;
}

/** The text of a script; `script` is what its rules see. */
export interface ScriptText extends Text {
  readonly script: ParsedScript;
}

/** Parts by the property that holds them; everything below a saved response is one part. */
const parts: ReadonlyMap<string, string> = new Map([
  ['auth', 'auth'],
  ['variable', 'variable'],
  ['header', 'header'],
  ['body', 'body'],
  ['url', 'URL'],
  ['response', 'saved response'],
  ['description', 'description'],
]);

/** Every text in a collection, in the order of the file. */
export function textsIn(
  everything: unknown,
  parse: (text: string) => ParsedScript,
  at: FilePath | undefined,
): (Text | ScriptText)[] {
  const texts: (Text | ScriptText)[] = [];
  const root: Place = { names: '', part: '', inside: '', user: '' };
  visit(everything, root, '', at, { parse, texts });
  return texts;
}

interface Place {
  readonly names: string;
  readonly part: string;
  /** The property that it is inside of, for what stands in the same part differently: `query`, `header`, `basic`. */
  readonly inside: string;
  /** The name of the user in the settings of an authorisation. */
  readonly user: string;
}

interface Search {
  readonly parse: (text: string) => ParsedScript;
  readonly texts: (Text | ScriptText)[];
}

function visit(value: unknown, place: Place, key: string, at: FilePath | undefined, search: Search): void {
  if (typeof value === 'string') search.texts.push(textOf(value, place, key, at));
  else if (typeof value === 'number' && at?.key === 'value') search.texts.push(textOf(String(value), place, key, at));
  else if (Array.isArray(value))
    value.forEach((one, index) => visit(one, userIn(value, place), key, { key: index, in: at }, search));
  else if (typeof value === 'object' && value !== null)
    visitFields(value as Readonly<Record<string, unknown>>, userIn(value, place), at, search);
}

function visitFields(
  fields: Readonly<Record<string, unknown>>,
  place: Place,
  at: FilePath | undefined,
  search: Search,
) {
  const rowKey = rowKeyOf(fields, place);
  for (const [key, value] of Object.entries(fields)) {
    const here = { key, in: at };
    if (place.part === '' && key === 'item' && Array.isArray(value)) visitItems(value, place, here, search);
    else if (place.part === '' && key === 'event' && Array.isArray(value)) visitEvents(value, place, here, search);
    else if (key === 'value' && rowKey !== undefined)
      visit(value, { ...place, inside: rowPlace(place) }, rowKey, here, search);
    else visit(value, inside(place, key), key, here, search);
  }
}

/** What a row is called. In v2.0, the settings of an API key are no row: `key` is the name of its header. */
function rowKeyOf(fields: Readonly<Record<string, unknown>>, { part, inside: around }: Place): string | undefined {
  const { key, name } = fields;
  if (part === 'auth' && around === 'apikey' && key !== 'key' && key !== 'in') return 'value';
  return typeof key === 'string' ? key : typeof name === 'string' ? name : undefined;
}

/** A row of a URL or of headers may have any name; what it is called says less there. */
function rowPlace({ part, inside: around }: Place): string {
  return part === 'URL' || part === 'header' || around === 'header' || around === 'query' ? 'row of a call' : 'row';
}

function inside(place: Place, key: string): Place {
  return { ...place, part: place.part === '' ? (parts.get(key) ?? '') : place.part, inside: key };
}

/** The settings of Basic, Digest and NTLM, as rows or as properties. */
function userIn(value: object, place: Place): Place {
  if (place.part !== 'auth') return place;
  const rows: readonly unknown[] = Array.isArray(value)
    ? value
    : [{ key: 'username', value: (value as { username?: unknown }).username }]; // any object may have one
  const user = rows.find(
    (row): row is { value: string } => isRow(row) && row.key === 'username' && typeof row.value === 'string',
  );
  return user === undefined ? place : { ...place, user: user.value };
}

function isRow(row: unknown): row is { key: unknown; value: unknown } {
  return typeof row === 'object' && row !== null && 'key' in row && 'value' in row;
}

function visitItems(items: readonly unknown[], place: Place, at: FilePath, search: Search): void {
  items.forEach((item, index) => {
    const name = typeof item === 'object' && item !== null && 'name' in item ? item.name : '';
    const own = printable(typeof name === 'string' ? name : '');
    const names = place.names === '' ? own : `${place.names} > ${own}`;
    visit(item, { ...place, names }, 'item', { key: index, in: at }, search);
  });
}

function visitEvents(events: readonly unknown[], place: Place, at: FilePath, search: Search): void {
  events.forEach((event, index) => {
    const here = below(at, index);
    if (isEvent(event)) visitScript(event, place, here, search);
    else visit(event, { ...place, part: scriptName(undefined) }, '', here, search);
  });
}

function visitScript({ listen, script }: EventShape, place: Place, at: FilePath | undefined, search: Search): void {
  const { text, field } = textOfScript(script);
  if (text.trim() === '') return;
  const inScript = { ...place, part: scriptName(listen), inside: '' };
  search.texts.push({ ...textOf(text, inScript, '', below(at, ...field)), script: search.parse(text) });
}

function textOf(text: string, place: Place, key: string, at: FilePath | undefined): Text {
  const { names, part } = place;
  const where = part === '' ? names || 'collection' : withPart(names, part);
  return { where, part, key, text, place: placeOf(place, key), at, user: place.user };
}

const structure =
  /^(?:raw|url|query|variables|text|body|src|host|path|protocol|schema|port|mode|method|hash|_postman.*|_exporter.*)$/;

function placeOf({ part, inside: around }: Place, key: string): Text['place'] {
  if (part === 'auth') return 'auth';
  if (around === 'row of a call') return 'query';
  if (around === 'row') return 'row';
  if (part === 'description' || around === 'description') return 'prose';
  if (key === 'name' || key === 'key') return 'name';
  return structure.test(key) || parts.has(key) ? 'text' : 'row';
}
