import { percentDecoded } from './percent';

/** More than any mail with an address in it. */
const longestPaste = 100_000;
const mostLayers = 12;
const mostAddresses = 20;

/**
 * The addresses (http or https) in what a person pasted from a mail, a chat, a page's source or a log: first those that stand
 * in it, then those that are encoded in these, and so on. Each is there up to the next blank, and with the blanks and line
 * breaks taken out of it that a mail put there. Where none has a scheme, `code=` or `error=` marks one, and gets one.
 */
export function addressesIn(pasted: string): readonly (readonly string[])[] {
  return layersOf(printable(pasted.slice(0, longestPaste))).map(addressesOf);
}

/**
 * The text without invisible characters, and without quoted-printable (RFC 2045 §6.7), which is recognised by `=3D` after
 * the name of every parameter.
 */
function printable(text: string): string {
  const visible = text.replaceAll(/[\u00ad\u200b-\u200d\u2060\ufeff]+/g, '');
  const isQuoted = /[?&](code|error)=3D/.test(visible) && !/[?&](code|error|state)=(?!3D|\r?\n)/.test(visible);
  if (!isQuoted) return visible;
  return visible.replaceAll(/=\r?\n/g, '').replaceAll(/=([\dA-F]{2})/g, (_, hex: string) => charOf(hex));
}

/** The text without the escapes of JSON and markdown, and without the entities of HTML that an address may have. */
function unescaped(text: string): string {
  return text
    .replaceAll(/\\u00([\da-f]{2})/gi, (_, hex: string) => charOf(hex))
    .replaceAll(/\\([!-/:-@[-`{-~])/g, '$1')
    .replaceAll(/&(amp;|#38;|#x26;)+/gi, '&')
    .replaceAll(/&(equals;|#61;|#x3d;)/gi, '=');
}

function charOf(hex: string): string {
  return String.fromCharCode(Number.parseInt(hex, 16));
}

/** A text, and the texts that are encoded in it: by percent, by a mail filter's own code or in base64, one in the other. */
function layersOf(text: string): readonly string[] {
  const layers = new Set([unescaped(text)]);
  for (const layer of layers) {
    if (layers.size >= mostLayers) break;
    layers.add(decoded(layer)).add(decoded(joined(layer)));
    for (const [, value = ''] of layer.matchAll(/[?&]u=(https?-3A__[^&\s]+)/g))
      layers.add(decoded(value.replaceAll('-', '%').replaceAll('_', '/')));
    for (const [value] of layer.matchAll(/\baHR0c[\w+/-]{20,}/g)) layers.add(Buffer.from(value, 'base64').toString());
  }
  return [...layers];
}

/** The text, percent-decoded wherever that is possible, and unescaped. */
function decoded(text: string): string {
  return unescaped(text.replaceAll(/(?:%[\da-f]{2})+/gi, (encoded) => percentDecoded(encoded)));
}

function addressesOf(text: string): readonly string[] {
  const starts = startsOf(text, /https?:\/\/(?=[^/?#\s])/gi);
  if (starts.length > 0) return inBothWays(starts);
  const bare = startsOf(
    text,
    /(?<![^\s"'`<>])[([{]*(?![([{])(?:(?<={)|(?![a-z][a-z+.-]*:(?!\d)))[^\s"'`<>()[\]#]*?\b(?:code|error)=/gi,
  );
  return inBothWays(bare).map((address) => `https://callback.invalid/?${address.replace(/^[^?]*\?/, '')}`);
}

function startsOf(text: string, pattern: RegExp): readonly string[] {
  return Array.from(text.matchAll(pattern), ({ index }) => text.slice(index)).slice(0, mostAddresses);
}

function inBothWays(starts: readonly string[]): readonly string[] {
  return [...starts, ...starts.map(joined)].map(upToItsEnd);
}

/** The text without blanks and line breaks, and without the marks that a mail puts before quoted lines. */
function joined(text: string): string {
  return text.replaceAll(/[\s<>"]+/g, '');
}

/** Cuts off what is behind an address: a quote, a bracket of markdown, another link in a chat, a full stop. */
function upToItsEnd(text: string): string {
  const [address = ''] = /^[^\s"<>`\u2018-\u201e\u2026«»]+/.exec(text) ?? [];
  const [alone = ''] = address.split(/\]\(|\|https?:|__;/);
  return alone.replace(/(?<!['()[\]{}.,;:!*])['()[\]{}.,;:!*]+$/, '');
}
