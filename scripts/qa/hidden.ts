import { encodingsOf } from '../core/scrub';
import { anyOf, aroundPlaceholders, type Placeholders } from './placeholders';

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
 * whole goes, because the neighbours of a secret tell of it, too. So do those of a placeholder in `cut`.
 */
export function hide(value: unknown, patterns: readonly string[], cut: readonly string[] = []): unknown {
  const windows = windowsOf(textsOf(value).join('\n'));
  const near = patterns.filter((pattern) => windows.has(pattern.slice(0, shortestPattern)));
  if (near.length === 0 && cut.length === 0) return value;
  const any = anyOf(near);
  const marks = anyOf(['‹hidden›', ...cut]).source;
  const neighbours = new RegExp(`[\\w+/-]*(?:(?:${marks})[\\w+/=-]*)+`, 'g');
  const clean = (text: string): string => aroundPlaceholders(text, (part) => part.replace(any, '‹hidden›'));
  return inTexts(value, (text) => clean(text).replace(neighbours, '‹hidden›'));
}

/** Hides what a scenario knows to be secret; `others` are patterns of the run. */
export function hideKnown(value: unknown, table: Placeholders, others: readonly string[] = []): unknown {
  const own = patternsOf(table.secrets());
  const opaque = table.namesOf('opaque').filter(([known]) => own.some((one) => one !== known && one.includes(known)));
  return hide(
    value,
    [...own, ...others],
    opaque.map(([, name]) => `‹${name}›`),
  );
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
