import { kindOfKey } from './secret-keys';
import { isPlaceholder, looksRandom } from './secret-values';

const longestName = 60;

/**
 * A name out of the collection, fit to be printed: one line, no control characters, and nothing in it that looks like
 * a token or is called one, as in the URLs that Postman takes for names, because people paste those anywhere.
 */
export function printable(name: string): string {
  const line = name.replaceAll(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu, ' ').trim();
  const named = line.replaceAll(/([\w.-]{1,60})=([^&\s#]{1,2000})/g, (pair, key: string, value: string) =>
    kindOfKey(key) === undefined || isPlaceholder(value) || value.startsWith('{{') ? pair : `${key}=[hidden]`,
  );
  const clean = named.replaceAll(/[\w+/=.~-]{12,}/g, (run) => (looksRandom(run) ? '[hidden]' : run));
  const short = clean.length > longestName ? `${clean.slice(0, longestName - 1)}…` : clean;
  return short === '' ? '(no name)' : short;
}
