import { kindOfKey } from './secret-keys';
import { isPlaceholder, isSecretValue, saysItsName, type SecretPlace } from './secret-values';

/** A name and a value that a text puts together. */
interface Assignment {
  readonly key: string;
  readonly value: string;
  readonly place: SecretPlace;
}

/** `key=value`, `key: value`, `"key": "value"`, `\"key\":\"value\"`; the value begins where the match ends. */
const pair =
  /(?<![\p{L}\d_.$-])([\p{L}_][\p{L}\d_.-]{0,60})(?:(\\*["'`])\]?)?\s{0,8}(?:=(?![=>~])|:(?![:/=]))\s{0,8}(\\*["'`])?/gu;
/** `set('key', 'value')` */
const listed = /(\\{0,31}["'`])([\p{L}_][\p{L}\d_.-]{0,60})\1\s{0,8},\s{0,8}(\\*["'`])/gu;
/** `<key>value</key>`, with a prefix, attributes or CDATA. */
const element =
  /<(?:[\w-]{1,30}:)?([\p{L}_][\p{L}\d_.-]{0,60})(?:\s[^<>]{0,200})?>\s{0,40}(?:<!\[CDATA\[)?([^<>\]]{1,2000})(?:\]\]>\s{0,40})?<\//gu;
const longestValue = 8192;
/** Longer ones without quotes are tokens, which tell by their form what they are. */
const longestBareValue = 500;

/**
 * The secrets that a text puts under a name that announces one. `comment` is for lines of code that are not read as code:
 * there a list of two texts may be a name and its value, and a name without quotes needs a value with them.
 */
export function assignedIn(text: string, style: 'wire' | 'prose' | 'comment'): string[] {
  const found = [...pairsIn(text, style), ...(style === 'comment' ? listsIn(text) : elementsIn(text))];
  let known: boolean | undefined; // the whole text is searched for it
  const isOfUser = (): boolean => (known ??= hasUser(text));
  return found.filter((one) => isSecret(one, isOfUser)).map(({ value }) => value);
}

function isSecret({ key, value, place }: Assignment, isOfUser: () => boolean): boolean {
  const kind = kindOfKey(key);
  if (kind === undefined) return false;
  if (isSecretValue(kind, key, value, place)) return true;
  return kind === 'password' && place === 'field' && saysItsName(key, value) && isOfUser();
}

/** Whether a body names a user who is no placeholder: then `password` is a password. */
function hasUser(text: string): boolean {
  const user = /["'](?:user_?name|user|e?mail|login)\\?["']\s{0,8}:\s{0,8}\\?["']([^"'\\]{1,200})/i.exec(text)?.[1];
  return (
    user !== undefined && !isPlaceholder(user) && !saysItsName('user name email login', user) && !user.includes('{{')
  );
}

function pairsIn(text: string, style: 'wire' | 'prose' | 'comment'): Assignment[] {
  return [...text.matchAll(pair)].flatMap((match): Assignment[] => {
    const [whole, key = '', keyQuote, quote] = match;
    if (kindOfKey(key) === undefined) return [];
    const start = match.index + whole.length;
    const value = quote === undefined ? bareValue(text, start) : quotedValue(text, start, quote);
    if (value === '') return [];
    if (quote !== undefined) return [{ key, value, place: style === 'prose' ? 'prose' : 'field' }];
    if (keyQuote !== undefined) return /^\d+$/.test(value) ? [{ key, value, place: 'field' }] : [];
    const isTight = whole.endsWith('=') && whole.length === key.length + 1;
    if (isTight && style !== 'prose') return [{ key, value, place: 'query' }];
    return [{ key, value: value.replace(/(?<![.,;:)])[.,;:)]+$/, ''), place: 'prose' }];
  });
}

function listsIn(text: string): Assignment[] {
  return [...text.matchAll(listed)].map((match) => {
    const [whole, , key = '', quote = ''] = match;
    return { key, value: quotedValue(text, match.index + whole.length, quote), place: 'code' };
  });
}

function elementsIn(text: string): Assignment[] {
  if (!text.includes('</')) return [];
  return [...text.matchAll(element)].map(([, key = '', value = '']) => ({ key, value: value.trim(), place: 'field' }));
}

function bareValue(text: string, start: number): string {
  const rest = text.slice(start, start + longestBareValue);
  return /^(?:\{\{[^{}]*\}\}|[^\s"'`&#,;{}<>|\\])+/.exec(rest)?.[0] ?? '';
}

/** Up to the quote that ends it, or to the end of the line. */
function quotedValue(text: string, start: number, quote: string): string {
  const rest = text.slice(start, start + longestValue);
  const end = rest.search(quote.endsWith('"') ? /["\n]/ : quote.endsWith("'") ? /['\n]/ : /[`\n]/);
  const value = (end === -1 ? rest : rest.slice(0, end)).replace(/(?<!\\)\\+$/, '');
  return value.replaceAll(/(?<!\\)\\+[tnr]/g, ' ').trim();
}
