import { jsonOf } from './json';

/** Names whose values are secret everywhere: in JSON, a form or a query. `_` and `-` are left out. */
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
 * A body, a URL or a header's value with `[secret]` for each value under such a name, however short it is: in JSON,
 * even if it was cut off, and in the pairs of a form or a query, even inside JSON. Everything else stays. JSON is
 * returned indented.
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
