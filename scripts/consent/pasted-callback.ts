import { plainName } from '../environment/plain-name';
import { addressesIn } from '../text/addresses';
import { percentDecoded } from '../text/percent';
import { peekState } from './state';

/**
 * What a person pasted as a callback URL (RFC 6749 §4.1.2 and §4.1.2.1). Anyone may have made it, so code, state, error
 * and description are plain text (see {@link isPlain}): none can be an expression for Postman.
 */
export type PastedCallback =
  | { readonly kind: 'code'; readonly code: string; readonly state: string }
  | { readonly kind: 'error'; readonly error: string; readonly description: string; readonly state: string }
  | { readonly kind: PastedInstead };

/** What a person pasted instead of a callback URL, the most helpful to name first. */
const insteads = [
  'cut_off',
  'bad_code',
  'bad_state',
  'no_state',
  'consent_link',
  'redirector',
  'no_code',
  'bare_code',
  'not_a_url',
  'nothing',
] as const;

export type PastedInstead = (typeof insteads)[number];

/**
 * Reads what a person pasted: the callback URL alone, or anywhere in a mail, a chat, a page's source or a server's log.
 */
export function readCallback(pasted: string): PastedCallback {
  const bare = pasted.replaceAll(/[\s<>"'()[\]{}“”„‘’«»`,;:!\ufeff]+/g, '');
  if (/^\.*$/.test(bare)) return { kind: 'nothing' };
  const readings: PastedCallback[] = [];
  for (const addresses of addressesIn(pasted)) {
    const found = addresses.map(readAddress);
    const callback = callbackAmong(found, addresses);
    if (callback !== undefined) return callback;
    readings.push(...found);
  }
  if (/^(?=.*\d)[\w.~+=-][\w.~+/=-]{19,}$/.test(bare)) readings.push({ kind: 'bare_code' });
  return (
    insteads.flatMap((kind) => readings.find((reading) => reading.kind === kind) ?? [])[0] ?? { kind: 'not_a_url' }
  );
}

/**
 * The callback among the readings of addresses. A state that is of no form of ours, and is the last of its address, may go
 * on behind the blank: then the reading with no blanks counts, which comes last.
 */
function callbackAmong(readings: readonly PastedCallback[], addresses: readonly string[]): PastedCallback | undefined {
  const isWhole = (reading: PastedCallback, at: number): boolean =>
    reading.kind === 'code' && (wholeState(reading.state) !== undefined || !isStateLast(addresses[at] ?? ''));
  const codes = readings.filter(({ kind }) => kind === 'code');
  const strange = ['error', 'bad_code', 'bad_state', 'no_state'];
  return readings.find(isWhole) ?? codes.at(-1) ?? readings.find(({ kind }) => strange.includes(kind));
}

function isStateLast(url: string): boolean {
  const state = url.search(/[?&]state=/);
  return state === -1 || !/[&#]/.test(url.slice(state + 1));
}

/** Reads one address. */
function readAddress(url: string): PastedCallback {
  const parameters = parametersOf(url);
  const [error = '', code = '', given = ''] = ['error', 'code', 'state'].map((name) => parameters.get(name));
  const state = wholeState(given) ?? given;
  if (error) return errorCallback(error, parameters.get('error_description') ?? '', state);
  if (isCutOff(url, code, state)) return { kind: 'cut_off' };
  if (!code) return { kind: insteadOfCode(url, parameters) };
  if (!state) return { kind: 'no_state' };
  if (!isPlain(code)) return { kind: 'bad_code' };
  return isPlain(state) ? { kind: 'code', code, state } : { kind: 'bad_state' };
}

function insteadOfCode(url: string, parameters: ReadonlyMap<string, string>): PastedInstead {
  if (parameters.has('response_type')) return 'consent_link';
  return redirectors.test(url) ? 'redirector' : 'no_code';
}

/** Mail filters and shorteners that put an address of their own in the place of another. */
const redirectors =
  /^https?:\/\/([^/?#]*\.)?(safelinks\.protection\.outlook\.com|urldefense\.com|urldefense\.proofpoint\.com|mimecast\.com|mimecastprotect\.com|protection\.sophos\.com|secure-web\.cisco\.com|linkprotect\.cudasvc\.com|clicktime\.symantec\.com|trendmicro\.com|slack-redir\.net|t\.co|bit\.ly|lnkd\.in|tinyurl\.com|aka\.ms|goo\.gl|is\.gd|ow\.ly)([/?#]|$)/i;

/**
 * Whether the end of an address is missing. Xero sends code, scope, state and session_state, in this order (RFC 6749
 * §4.1.2 names only the first and third).
 */
function isCutOff(url: string, code: string, state: string): boolean {
  if (code === '') return /\?(c(o(d(e=?)?)?)?)?$/.test(url);
  const isPart = /^(e(g([12](\.[\w-]*(\.[\w-]{0,42})?)?)?)?|egp1?)?$/.test(state) || isPartOfKept(state);
  return isStateLast(url) && isPart && !/[&#]session_state=/.test(url);
}

/** Whether a state begins as that of a PKCE app, and says nothing that can be read. */
function isPartOfKept(state: string): boolean {
  return /^egp1\.[\w-]*$/.test(state) && peekState(state) === undefined;
}

/** A state of ours with nothing behind it, which a sentence may have left there; undefined for any other. */
function wholeState(text: string): string | undefined {
  const [state = ''] = /^(eg[12]\.[\w-]+\.[\w-]{43}|egp1\.[\w-]+)(?![\w.-])/.exec(text) ?? [];
  return peekState(state) === undefined ? undefined : state;
}

/** Whether a text can be a code or a state: printable ASCII (RFC 6749 appendix A.11, A.5), short, no braces. */
function isPlain(text: string): boolean {
  return /^[ -z|~]{1,2048}$/.test(text);
}

function errorCallback(error: string, description: string, state: string): PastedCallback {
  const plain = { error: plainName(error), description: plainName(description), state: isPlain(state) ? state : '' };
  return { kind: 'error', ...plain };
}

/**
 * What a callback's error means: the person declined, Xero refused a scope, the app or the organisation has as many
 * connections as Xero allows, or another code ('' to hide it).
 */
export function meaningOfError(
  error: string,
  description: string,
): 'cancelled' | 'scope_refused' | 'limit_reached' | { code: string } {
  if (isLimit(description)) return 'limit_reached';
  if (error === 'access_denied') return /scope/i.test(description) ? 'scope_refused' : 'cancelled';
  return { code: /^[a-z_]{1,40}$/.test(error) ? error : '' };
}

/** Whether Xero's words are about a limit: of an app's connections, or of an organisation's uncertified apps. */
function isLimit(words: string): boolean {
  return /\bcertif|\buncertified\b|\b(app|connection)s? limit|limit of (uncertified )?apps/i.test(words);
}

/** The parameters of a URL; the first counts if one is given twice. */
export function parametersOf(url: string): Map<string, string> {
  const query = /^[^?#]*\?([^#]*)/.exec(url)?.[1] ?? '';
  const pairs = query.split('&').map((pair): [string, string] => {
    const [name = '', ...value] = pair.replaceAll('+', ' ').split('=').map(percentDecoded);
    return [name, value.join('=')];
  });
  return new Map(pairs.reverse());
}
