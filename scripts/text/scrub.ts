import { percentDecoded } from './percent';

/**
 * Shorter values occur in any text by chance; they are scrubbed by position, see `secret-places.ts`. The program's own
 * texts are never scrubbed, only texts from elsewhere that are put into them.
 */
const shortestSecret = 8;
/** More characters than this in a row stand nowhere else by chance. */
const longestPiece = 1024;

/**
 * Replaces secret values everywhere in a text: plain, URL-encoded, form-encoded, JSON-escaped, HTML-escaped,
 * hexadecimal, and base64 at each of its three alignments, with either alphabet.
 */
export function scrub(text: string, secrets: Iterable<string>): string {
  const fitting = [...secrets].filter((secret) => fits(secret, text));
  return fitting.length === 0 ? text : scrubber(fitting)(text);
}

/** Rows of an answer with each text scrubbed by itself, so that JSON stays JSON and no key changes. */
export function scrubValues<Row extends object>(rows: readonly Row[], secrets: Iterable<string>): Row[] {
  const clean = (value: unknown): unknown => (typeof value === 'string' ? scrub(value, secrets) : value);
  return rows.map((row) => Object.fromEntries(Object.entries(row).map(([key, value]) => [key, clean(value)])) as Row); // only texts change
}

/** Whether a text is long enough for a secret: no encoding is shorter than the secret or its shortest line. */
function fits(secret: string, text: string): boolean {
  return partsOf(secret).some(({ length }) => length <= text.length);
}

/** The secret and, if it has several lines, each line. */
function partsOf(secret: string): string[] {
  return [secret, ...secret.split(/\r?\n/)].filter(({ length }) => length >= shortestSecret);
}

/** Scrubs many or long texts: the encodings are made once, and each text is read once for all secrets. */
export function scrubber(secrets: Iterable<string>): (text: string) => string {
  const long = [...secrets].filter((secret) => secret.length >= shortestSecret);
  const patterns = new Set(long.flatMap(encodingsOf).flatMap(piecesOf));
  const byBeginning = new Map<string, Pattern[]>();
  for (const text of [...patterns].sort()) {
    const beginning = text.slice(0, shortestSecret);
    const others = byBeginning.get(beginning) ?? [];
    byBeginning.set(beginning, others);
    others.push({ text, shorter: beginningOf(text, others.at(-1)) });
  }
  return (text) => blotOut(text, byBeginning);
}

interface Pattern {
  readonly text: string;
  /** The longest of the others that it begins with. */
  readonly shorter: Pattern | undefined;
}

/** The longest pattern that a text begins with: this one, or one that this one begins with. */
function beginningOf(text: string, pattern: Pattern | undefined): Pattern | undefined {
  let longest = pattern;
  while (longest !== undefined && !text.startsWith(longest.text)) longest = longest.shorter;
  return longest;
}

/** A long one in pieces that overlap, and so go as one: comparing all of it at each place of a text may take very long. */
function piecesOf(pattern: string): string[] {
  const step = longestPiece - 1;
  const last = Math.max(0, pattern.length - longestPiece);
  const starts = Array.from({ length: Math.ceil(last / step) + 1 }, (_, at) => Math.min(at * step, last));
  return starts.map((start) => pattern.slice(start, start + longestPiece));
}

/** Replaces overlapping secrets as one, so that no part of either stays. */
function blotOut(text: string, byBeginning: ReadonlyMap<string, readonly Pattern[]>): string {
  const kept: string[] = [];
  let end = 0; // the end of the last secret
  for (let at = 0; at + shortestSecret <= text.length; at += 1) {
    const patterns = byBeginning.get(text.slice(at, at + shortestSecret));
    const length = patterns === undefined ? 0 : longestAt(text, at, patterns);
    if (length === 0) continue;
    if (at >= end) kept.push(text.slice(end, at), '[secret]');
    end = Math.max(end, at + length);
  }
  return end === 0 ? text : [...kept, text.slice(end)].join('');
}

/** The length of the longest of these patterns that stands at a place, 0 for none; they are sorted, and begin alike. */
function longestAt(text: string, at: number, patterns: readonly Pattern[]): number {
  const rest = text.slice(at, at + longestPiece);
  let [low, high] = [0, patterns.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((patterns[middle]?.text ?? '') <= rest) low = middle + 1;
    else high = middle;
  }
  return beginningOf(rest, patterns[low - 1])?.text.length ?? 0;
}

/** The secrets in an answer of a token endpoint, even if cut off: tokens by JSON name, and anything like a JWT. */
export function secretsInAnswer(body: string): string[] {
  const named = [...body.matchAll(/"(?:access_token|refresh_token|id_token)"\s*:\s*"((?:[^"\\]|\\.)*)/g)];
  const jwts = [...body.matchAll(/eyJ[\w-]{8,}(?:\.[\w-]+){0,2}/g)];
  return [...named.map((match) => unescaped(match[1] ?? '')), ...jwts.map((match) => match[0])];
}

/** The codes of callback URLs in a text. */
export function codesIn(text: string): string[] {
  return [...text.matchAll(/(?:^|[?&#\s])code=([^&#\s"'<>]+)/g)].flatMap((match) => [
    match[1] ?? '',
    percentDecoded(match[1] ?? ''),
  ]);
}

/** A secret in each encoding that `scrub` looks for. */
export function encodingsOf(secret: string): string[] {
  const plain = partsOf(secret);
  const escaped = plain.flatMap((value) => [
    value,
    jsonEscaped(value),
    jsonEscaped(jsonEscaped(value)),
    jsonEscaped(value).replaceAll('/', '\\/'),
  ]);
  const encoded = plain.flatMap((value) => percentEncodings(value));
  const binary = [
    ...base64Encodings(secret),
    Buffer.from(secret).toString('hex'),
    Buffer.from(secret).toString('hex').toUpperCase(),
  ];
  const all = [...escaped, ...encoded, ...binary];
  return [...all, ...all.map(htmlEscaped), ...encoded.map((value) => encodeURIComponent(value))];
}

function percentEncodings(value: string): string[] {
  const whole = value.toWellFormed();
  const form = new URLSearchParams({ form: whole }).toString().slice('form='.length);
  const all = [encodeURIComponent(whole), encodeURI(whole), queryEncoded(whole), form, form.replaceAll('+', '%20')];
  return [...all, ...all.map((one) => one.replaceAll(/%[0-9A-F]{2}/g, (code) => code.toLowerCase()))];
}

/** The encoding of a typed query (URL Standard §1.3, special-query percent-encode set). */
function queryEncoded(value: string): string {
  return value.replaceAll(/[^!$-&(-;=?-~]/gu, (char) => (char === "'" ? '%27' : encodeURIComponent(char)));
}

/** The base64 characters of a secret inside a longer text that depend on the secret only. */
function base64Encodings(secret: string): string[] {
  const inner = [0, 1, 2].map((offset) => {
    const encoded = Buffer.concat([Buffer.alloc(offset), Buffer.from(secret)])
      .toString('base64')
      .replace(/={1,2}$/, '');
    const complete = Math.floor(((offset + Buffer.byteLength(secret)) * 8) / 6);
    return encoded.slice(offset === 0 ? 0 : offset + 1, complete);
  });
  const long = inner.filter((encoded) => encoded.length >= shortestSecret);
  return [...long, ...long.map((encoded) => encoded.replaceAll('+', '-').replaceAll('/', '_'))];
}

function jsonEscaped(value: string): string {
  return JSON.stringify(value).slice(1, -1);
}

const htmlEntities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#x27;',
  '`': '&#x60;',
  '=': '&#x3D;',
};

/** Escapes as Handlebars does, which makes the reports. */
function htmlEscaped(value: string): string {
  return value.replaceAll(/[&<>"'`=]/g, (char) => htmlEntities[char] ?? char);
}

/** The value of a JSON string that may be cut off; half an escape or character at its end is left out. */
function unescaped(jsonText: string): string {
  const complete = jsonText
    .replace(/(?<!\\)((?:\\\\)*)\\(?:u[0-9a-f]{0,3})?$/i, '$1')
    .replace(/(?<![\uD800-\uDFFF\uFFFD])[\uD800-\uDFFF\uFFFD]+$/, '');
  try {
    return String(JSON.parse(`"${complete}"`));
  } catch {
    return complete;
  }
}
