import * as v from 'valibot';
import { invalid, type Failure } from '../errors';
import { jsonOf } from '../text/json';
import { below, type FilePath } from './format/file-path';
import { printable } from './secrets/printable';
import { parseScript, type ParsedScript } from './script/script';
import { collectionShape, textOfScript, type EventShape, type Item, type RequestShape } from './format/shape';
import { textsIn, type ScriptText, type Text } from './texts';
import { scriptName, withPart } from './format/where';

/** A collection as the rules see it. */
export interface Collection {
  readonly requests: readonly LintedRequest[];
  /** Every script in the file, once each, also those of folders and of the collection. */
  readonly scripts: readonly LintedScript[];
  /** Every text of the file, for what may stand anywhere. */
  readonly texts: readonly (Text | ScriptText)[];
}

/** A collection as a file holds it, in the form of Postman's format v2, whatever the format of the file is. */
export interface CollectionSource {
  readonly json: unknown;
  /** What leads to it in the file. */
  readonly at?: FilePath | undefined;
}

export interface LintedRequest {
  readonly where: string;
  /** The item that it is in. */
  readonly at: FilePath | undefined;
  readonly request: Exclude<RequestShape, string>;
  /** The scripts that run after its answer: the collection's, its folders' and its own. */
  readonly tests: readonly LintedScript[];
}

export interface LintedScript {
  readonly where: string;
  /** Its text. */
  readonly at: FilePath | undefined;
  readonly listen: string;
  readonly hasSource: boolean;
  /** `syntax error` for a text that is no JavaScript. Scripts of one text are one. */
  readonly script: ParsedScript;
}

/**
 * The collection in a text: v2.0 or v2.1, bare or as Postman's API wraps it.
 * @throws Failure `invalid` that names the file and the place, never a value
 */
export function parseCollection(text: string, file: string): Collection {
  return collectionFrom(sourceIn(text, file), file);
}

/** The JSON of a collection in the text of a file. @throws Failure `invalid` for what is none, and says what it is */
export function sourceIn(text: string, file: string): CollectionSource {
  if (file.endsWith('.app.json'))
    throw invalid('an_app', `${file} has the settings of an app, and is no collection`, appHint);
  const json = jsonOf(text.replace(/^\uFEFF/, ''));
  if (json === undefined) throw invalid('not_json', `${file} is not JSON`, exportHint);
  const { collection, info, requests, order, values, item } = isObject(json) ? json : {};
  if (isObject(collection) && 'info' in collection) return { json: collection, at: below(undefined, 'collection') };
  if (info === undefined && Array.isArray(requests) && Array.isArray(order)) throw isVersion1(file);
  if (item === undefined && Array.isArray(values))
    throw invalid('an_environment', `${file} is a Postman environment, and no collection`, environmentHint);
  return { json };
}

/**
 * The collection that was read from a file, of any format.
 * @throws Failure `invalid` that names the file and the place, never what stands there
 */
export function collectionFrom({ json, at }: CollectionSource, file: string): Collection {
  try {
    const root = checkShape(json, file);
    const parse = parsedOnce();
    const own = scriptsOf(root, '', parse, at);
    const tests = own.filter(({ listen }) => listen === 'test');
    const { requests, scripts } = linted(root.item, parse, { names: [], tests, at: below(at, 'item') });
    return { requests, scripts: [...own, ...scripts], texts: textsIn(root, parse, at) };
  } catch (error) {
    if (error instanceof RangeError) throw noCollection(file, 'it is nested too deeply', error);
    throw error;
  }
}

const exportHint = 'export the collection from Postman again, as Collection v2.1';
const environmentHint = 'give lint the collection; evergrant doctor says what is wrong with an environment';

const appHint = 'give lint the collection; evergrant doctor says what is wrong with an app';

/** Postman stopped writing this format in 2018, and still imports it. */
function isVersion1(file: string): Failure {
  return invalid(
    'version_1',
    `${file} is a collection of Postman's old format v1, which is not read`,
    'import it into Postman and export it as Collection v2.1, or convert it: npx postman-collection-transformer convert -j 1.0.0 -p 2.1.0',
  );
}

function noCollection(file: string, why: string, cause?: unknown): Failure {
  return invalid('not_a_collection', `${file} is no Postman collection v2.0 or v2.1: ${why}`, exportHint, cause);
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function checkShape(json: unknown, file: string): v.InferOutput<typeof collectionShape> {
  const parsed = v.safeParse(collectionShape, json);
  if (!parsed.success) {
    const place = v.getDotPath(parsed.issues[0]);
    throw noCollection(file, place === null ? 'it is no object' : `${place} is missing or not what it should be`);
  }
  const { schema } = parsed.output.info;
  if (schema && /\/v1\.\d+\.\d+\//.test(schema)) throw isVersion1(file);
  if (schema && !/\/v2\.[01]\.\d+\//.test(schema)) throw noCollection(file, 'info.schema names another version');
  return parsed.output;
}

type Parse = (text: string) => ParsedScript;

/** Many requests of a collection have the same script: it is parsed and followed once. */
function parsedOnce(): Parse {
  const known = new Map<string, ParsedScript>();
  let left = mostCharacters;
  return (text) => {
    const already = known.get(text);
    if (already !== undefined) return already;
    left -= text.length;
    const script = text.length > largestScript || left < 0 ? 'too large' : parseScript(text);
    known.set(text, script);
    return script;
  };
}

/** People write some thousand characters; what is larger is a library that was pasted in. */
const largestScript = 200_000;
/** Of all different scripts of a collection: following more takes longer than people wait. */
const mostCharacters = 600_000;

interface Above {
  readonly names: readonly string[];
  readonly tests: readonly LintedScript[];
  readonly at: FilePath | undefined;
}

/** Folders and requests, each with the scripts that it inherits, in the order of the file. */
function linted(items: readonly Item[], parse: Parse, above: Above): Pick<Collection, 'requests' | 'scripts'> {
  const parts = items.map((item, index) => {
    const at = below(above.at, index);
    const names = [...above.names, printable(item.name ?? '')];
    const where = names.join(' > ');
    const own = scriptsOf(item, where, parse, at);
    const tests = [...above.tests, ...own.filter(({ listen }) => listen === 'test')];
    if (item.item !== undefined) {
      const inner = linted(item.item, parse, { names, tests, at: below(at, 'item') });
      return { requests: inner.requests, scripts: [...own, ...inner.scripts] };
    }
    const request = typeof item.request === 'string' ? { url: item.request } : item.request;
    return { requests: request ? [{ where, at, request, tests }] : [], scripts: own };
  });
  return { requests: parts.flatMap((part) => part.requests), scripts: parts.flatMap((part) => part.scripts) };
}

/** The scripts of an item, but for those that are switched off. */
function scriptsOf(
  { event }: Pick<Item, 'event'>,
  where: string,
  parse: Parse,
  at: FilePath | undefined,
): LintedScript[] {
  return (event ?? []).flatMap((one, number) =>
    one.disabled === true ? [] : scriptOf(one, where, parse, below(at, 'event', number)),
  );
}

function scriptOf(
  { listen, script }: EventShape,
  where: string,
  parse: Parse,
  at: FilePath | undefined,
): LintedScript[] {
  const { text, field } = textOfScript(script);
  const src = typeof script === 'object' && script !== null && 'src' in script ? script.src : undefined;
  const hasSource = src !== undefined && src !== null && src !== '' && !(Array.isArray(src) && src.length === 0);
  if (text.trim() === '' && !hasSource) return [];
  return [
    {
      where: withPart(where, scriptName(listen)),
      at: below(at, ...field),
      listen: listen ?? '',
      hasSource,
      script: parse(text),
    },
  ];
}
