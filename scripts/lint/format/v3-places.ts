import { keysOf, type FilePath } from './file-path';
import type { FromV3, V3File } from './v3';

type Keys = readonly (string | number)[];

/** The file that a part of the JSON comes from; undefined for what is in none, such as a folder without a definition. */
export function fileOf({ sources }: FromV3, at: FilePath | undefined): V3File | undefined {
  return sourceOf(sources, keysOf(at)).file;
}

/** The line, from 1, of a part in its file; `line` counts from 1 in a script whose path it is. */
export function lineOf({ sources }: FromV3, at: FilePath | undefined, line: number | null): number {
  const { file, inner } = sourceOf(sources, keysOf(at));
  return (file?.yaml.lineOf(keysInFile(inner, namesIn(file))) ?? 1) + (line ?? 1) - 1;
}

/** The file of the nearest item or saved response around a part, and the keys that lead from there to it. */
function sourceOf(sources: FromV3['sources'], keys: Keys): { file: V3File | undefined; inner: Keys } {
  for (let length = keys.length; length > 0; length -= 1) {
    const file = sources.get(keys.slice(0, length).join('/'));
    if (file !== undefined) return { file, inner: keys.slice(length) };
  }
  return { file: sources.get(''), inner: keys };
}

/** Where v3 has what v2.1 has under these keys. What is no better known is the part around it. */
function keysInFile(keys: Keys, names: readonly string[]): Keys {
  const [first, second, ...rest] = keys;
  if (names.includes('response')) return keysInExample(keys);
  if (first === 'event')
    return second === undefined ? ['scripts'] : ['scripts', second, ...(rest.length > 0 ? ['code'] : [])];
  if (first === 'variable') return [names.includes('values') ? 'values' : 'variables', ...keys.slice(1)];
  if (first === 'auth') return ['auth', 'credentials', ...rest];
  if (first === 'info' || first === 'message') return keys.slice(1);
  if (first !== 'request') return keys;
  if (second === 'header') return ['headers', ...rest];
  if (second === 'body') return ['body', 'content', ...rest.slice(1)];
  if (second === 'auth') return ['auth', 'credentials', ...rest.slice(1)];
  if (second !== 'url') return keys.slice(1);
  const [part, ...row] = rest;
  return part === 'query' ? ['queryParams', ...row] : part === 'variable' ? ['pathVariables', ...row] : ['url'];
}

function keysInExample([first, ...rest]: Keys): Keys {
  if (first === 'originalRequest') return ['request', ...keysInFile(rest, [])];
  if (first === 'body') return ['response', 'body', 'content'];
  return ['response', ...(first === 'header' ? ['headers', ...rest] : [])];
}

/** What stands at the top of a file: `values` in an environment, `response` in a saved response. */
function namesIn({ yaml: { data } }: V3File): readonly string[] {
  return typeof data === 'object' && data !== null ? Object.keys(data) : [];
}
