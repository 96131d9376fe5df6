import { jsonOf } from './json';

/** The names under which a value is a secret wherever they stand, in JSON, a form or a query; written without `_` and `-`. */
const secretNames: ReadonlySet<string> = new Set([
  'accesstoken',
  'refreshtoken',
  'idtoken',
  'token',
  'clientsecret',
  'clientassertion',
  'code',
  'codeverifier',
  'devicecode',
  'password',
  'randombytes',
]);

const hidden = '[secret]';

/**
 * A body, an address or a header's value with `[secret]` in each place that is known to hold one, however short it is: the
 * fields of JSON, also where it was cut off, and the pairs of a form or a query, also within JSON. Statuses, keys and all
 * the rest stay. JSON comes back indented.
 */
export function withoutSecretPlaces(text: string): string {
  const json = jsonOf(text);
  if (typeof json === 'object' && json !== null) return JSON.stringify(inJson(json), null, 2);
  return inPairs(text.replaceAll(fieldPattern, (field, start: string, name: string) => hiddenIf(name, start, field)));
}

function inJson(value: unknown): unknown {
  if (typeof value === 'string') return inPairs(value);
  if (Array.isArray(value)) return value.map(inJson);
  if (typeof value !== 'object' || value === null) return value;
  const row = 'key' in value && typeof value.key === 'string' ? value.key : undefined;
  return Object.fromEntries(
    Object.entries(value).map(([key, part]) => {
      const isSecret = isSecretName(key) || (key === 'value' && row !== undefined && isSecretName(row));
      return [key, isSecret && isPlain(part) ? hidden : inJson(part)];
    }),
  );
}

function isPlain(value: unknown): boolean {
  return (typeof value === 'string' && value !== '') || typeof value === 'number';
}

const fieldPattern = /("([\w-]{1,40})"\s*:\s*")(?:[^"\\]|\\.)+/g;
const pairPattern = /((?<![\w-])([\w-]{1,40})=)[^&#\s"'<>;]+/g;

function inPairs(text: string): string {
  return text.replaceAll(pairPattern, (pair, start: string, name: string) => hiddenIf(name, start, pair));
}

function hiddenIf(name: string, start: string, whole: string): string {
  return isSecretName(name) ? `${start}${hidden}` : whole;
}

function isSecretName(name: string): boolean {
  return secretNames.has(name.toLowerCase().replaceAll(/[_-]/g, ''));
}
