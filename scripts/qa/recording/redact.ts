import { encodingsOf } from '../../text/scrub';
import { encodedAs } from './encodings';
import { anyOf, aroundPlaceholders, fillPlaceholders, type Placeholders } from './placeholders';

/** A shorter pattern may stand anywhere by chance. */
const shortestPattern = 8;

/** A run of letters and digits as long as this gives a secret away, however what is around it is encoded. */
const shortestPiece = 16;

/** How secrets look in every encoding that hides them: twice encoded, escaped, hexadecimal, inside base64. */
export function patternsOf(secrets: Iterable<string>): string[] {
  return [...secrets].flatMap((secret) => {
    const pieces = secret.split(/[^A-Za-z0-9]+/).filter(({ length }) => length >= shortestPiece);
    return [...encodingsOf(secret), ...pieces].filter(({ length }) => length >= shortestPattern);
  });
}

/**
 * A JSON value with `‹hidden›` where a pattern stands, together with the letters and digits around it: of base64 the
 * whole goes, because the neighbours of a secret tell of it, too.
 */
function hide(value: unknown, patterns: readonly string[]): unknown {
  const windows = windowsOf(textsOf(value).join('\n'));
  const near = patterns.filter((pattern) => windows.has(pattern.slice(0, shortestPattern)));
  if (near.length === 0) return value;
  const any = anyOf(near);
  const clean = (text: string): string => aroundPlaceholders(text, (part) => part.replace(any, '‹hidden›'));
  return inTexts(value, (text) => clean(text).replace(/(?<![\w+/-])[\w+/-]*(?:‹hidden›[\w+/=-]*)+/g, '‹hidden›'));
}

/** Hides what a scenario knows to be secret; `others` are patterns of the run. */
export function hideKnown(value: unknown, table: Placeholders, others: readonly string[] = []): unknown {
  const opaque = new Map(table.namesOf('opaque').map(([known, name]) => [name, known]));
  const pieces = new Set(opaque.values());
  const named = patternsOf(table.secrets().filter((secret) => !pieces.has(secret)));
  const whole = inTexts(value, (text) => madeWhole(text, opaque, named));
  return hide(whole, [...patternsOf(table.secrets()), ...others]);
}

/**
 * A secret may turn up in a text before the table knows it: it was then replaced by an opaque placeholder, or by several
 * with text between them. Puts such a text back as it was, so that the secret can be found in it.
 */
function madeWhole(text: string, opaque: ReadonlyMap<string, string>, secrets: readonly string[]): string {
  if (!text.includes('‹opaque')) return text;
  const whole = fillPlaceholders(text, (inside) => {
    const [name = '', encoding] = inside.split(', ');
    const known = opaque.get(name);
    return known === undefined ? `‹${inside}›` : encodedAs(known, encoding);
  });
  return secrets.some((secret) => whole.includes(secret)) ? whole : text;
}

/** The pieces of a text that are as long as the shortest pattern: a quick look that rules out nearly all of them. */
function windowsOf(text: string): ReadonlySet<string> {
  return new Set(Array.from({ length: text.length }, (_, at) => text.slice(at, at + shortestPattern)));
}

function textsOf(value: unknown): string[] {
  if (typeof value === 'string') return [value];
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, part]) => [key, ...textsOf(part)]);
}

function inTexts(value: unknown, change: (text: string) => string): unknown {
  if (typeof value === 'string') return change(value);
  if (Array.isArray(value)) return value.map((one) => inTexts(one, change));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, part]) => [change(key), inTexts(part, change)]));
}
