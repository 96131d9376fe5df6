import * as v from 'valibot';
import { invalid, type Failure } from '../errors';
import { jsonOf } from '../text/json';
import { printable } from './printable';
import { parseScript, type ParsedScript } from './script';
import { collectionShape, textOfScript, type EventShape, type Item, type RequestShape } from './shape';
import { textsIn, type ScriptText, type Text } from './texts';
import { scriptName, withPart } from './where';

/** A collection as the rules see it. */
export interface Collection {
  readonly requests: readonly LintedRequest[];
  /** Every script in the file, once each, also those of folders and of the collection. */
  readonly scripts: readonly LintedScript[];
  /** Every text of the file, for what may stand anywhere. */
  readonly texts: readonly (Text | ScriptText)[];
}

export interface LintedRequest {
  readonly where: string;
  readonly request: Exclude<RequestShape, string>;
  /** The scripts that run after its answer: the collection's, its folders' and its own. */
  readonly tests: readonly LintedScript[];
}

export interface LintedScript {
  readonly where: string;
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
  const json = jsonOf(text.replace(/^\uFEFF/, ''));
  if (json === undefined) throw invalid('not_json', `${file} is not JSON`, exportHint);
  try {
    const root = checkShape(unwrapped(json), file);
    const parse = parsedOnce();
    return { ...linted([{ ...root, name: undefined }], parse), texts: textsIn(root, parse) };
  } catch (error) {
    if (error instanceof RangeError) throw noCollection(file, 'it is nested too deeply', error);
    throw error;
  }
}

const exportHint = 'export the collection from Postman again, as Collection v2.1';

function noCollection(file: string, why: string, cause?: unknown): Failure {
  return invalid('not_a_collection', `${file} is no Postman collection v2.0 or v2.1: ${why}`, exportHint, cause);
}

function unwrapped(json: unknown): unknown {
  const wrapped = v.safeParse(v.looseObject({ collection: v.looseObject({ info: v.unknown() }) }), json);
  return wrapped.success ? wrapped.output.collection : json;
}

function checkShape(json: unknown, file: string): v.InferOutput<typeof collectionShape> {
  const parsed = v.safeParse(collectionShape, json);
  if (!parsed.success) {
    const place = v.getDotPath(parsed.issues[0]);
    throw noCollection(file, place === null ? 'it is no object' : `${place} is missing or not what it should be`);
  }
  const { schema } = parsed.output.info;
  if (schema && !/\/v2\.[01]\.\d+\//.test(schema)) throw noCollection(file, 'info.schema names another version');
  return parsed.output;
}

type Parse = (text: string) => ParsedScript;

/** Many requests of a collection have the same script: it is parsed and followed once. */
function parsedOnce(): Parse {
  const known = new Map<string, ParsedScript>();
  return (text) => {
    const script = known.get(text) ?? parseScript(text);
    known.set(text, script);
    return script;
  };
}

interface Above {
  readonly names: readonly string[];
  readonly tests: readonly LintedScript[];
}

/** Folders and requests, each with the scripts that it inherits, in the order of the file. */
function linted(
  items: readonly Item[],
  parse: Parse,
  above: Above = { names: [], tests: [] },
): Pick<Collection, 'requests' | 'scripts'> {
  const parts = items.map((item) => {
    const isRoot = item.name === undefined && item.item !== undefined && above.names.length === 0;
    const names = isRoot ? [] : [...above.names, printable(item.name ?? '')];
    const where = names.join(' > ');
    const own = (item.event ?? [])
      .filter(({ disabled }) => disabled !== true)
      .flatMap((event) => scriptOf(event, where, parse));
    const tests = [...above.tests, ...own.filter(({ listen }) => listen === 'test')];
    if (item.item !== undefined) {
      const inner = linted(item.item, parse, { names, tests });
      return { requests: inner.requests, scripts: [...own, ...inner.scripts] };
    }
    const request = typeof item.request === 'string' ? { url: item.request } : item.request;
    return { requests: request ? [{ where, request, tests }] : [], scripts: own };
  });
  return { requests: parts.flatMap((part) => part.requests), scripts: parts.flatMap((part) => part.scripts) };
}

function scriptOf({ listen, script }: EventShape, where: string, parse: Parse): LintedScript[] {
  const { text } = textOfScript(script);
  const src = typeof script === 'object' && script !== null && 'src' in script ? script.src : undefined;
  const hasSource = src !== undefined && src !== null && src !== '' && !(Array.isArray(src) && src.length === 0);
  if (text.trim() === '' && !hasSource) return [];
  return [
    {
      where: withPart(where, scriptName(listen)),
      listen: listen ?? '',
      hasSource,
      script: parse(text),
    },
  ];
}
