import { plainName } from '../environment/plain-name';
import { percentDecoded } from '../text/percent';

/**
 * What a person pasted as a callback URL (RFC 6749 §4.1.2 and §4.1.2.1). Anyone may have made it, so code, state, error
 * and description are plain text (see {@link isPlain}): none can be an expression for Postman.
 */
export type PastedCallback =
  | { readonly kind: 'code'; readonly code: string; readonly state: string }
  | { readonly kind: 'error'; readonly error: string; readonly description: string; readonly state: string }
  | { readonly kind: PastedInstead };

/** What a person pasted instead of a callback URL. */
export type PastedInstead =
  'nothing' | 'bare_code' | 'not_a_url' | 'consent_link' | 'no_code' | 'no_state' | 'bad_code' | 'bad_state';

/** Reads what a person pasted; {@link pastedUrl} says which mistakes are corrected. */
export function readCallback(pasted: string): PastedCallback {
  const url = pastedUrl(pasted);
  if (url === '') return { kind: 'nothing' };
  if (/^(?=.*\d)[\w.~+/=-]{20,}$/.test(url)) return { kind: 'bare_code' };
  if (!/^https?:\/\/[^/?#]/i.test(url)) return { kind: 'not_a_url' };
  const parameters = parametersOf(url);
  const [error = '', code = '', state = ''] = ['error', 'code', 'state'].map((name) => parameters.get(name));
  if (error) return errorCallback(error, parameters.get('error_description') ?? '', state);
  if (!code) return { kind: parameters.has('response_type') ? 'consent_link' : 'no_code' };
  if (!state) return { kind: 'no_state' };
  if (!isPlain(code)) return { kind: 'bad_code' };
  return isPlain(state) ? { kind: 'code', code, state } : { kind: 'bad_state' };
}

/** Whether a text can be a code or a state: printable ASCII (RFC 6749 appendix A.11, A.5), short, no braces. */
function isPlain(text: string): boolean {
  return /^[ -z|~]{1,2048}$/.test(text);
}

function errorCallback(error: string, description: string, state: string): PastedCallback {
  const plain = { error: plainName(error), description: plainName(description), state: isPlain(state) ? state : '' };
  return { kind: 'error', ...plain };
}

/** What a callback's error means: the person declined, Xero refused a scope, or another code ('' to hide it). */
export function meaningOfError(error: string, description: string): 'cancelled' | 'scope_refused' | { code: string } {
  if (error === 'access_denied') return /scope/i.test(description) ? 'scope_refused' : 'cancelled';
  return { code: /^[a-z_]{1,40}$/.test(error) ? error : '' };
}

/**
 * The URL in what a person pasted from a mail or a chat. It corrects blanks and line breaks anywhere, quotes and
 * brackets around the URL, a full stop after it, `&amp;` for `&`, and percent-encoding of the whole URL.
 */
function pastedUrl(pasted: string): string {
  const bare = unwrapped(pasted);
  const url = bare.includes('://') ? bare : unwrapped(percentDecoded(bare));
  return url.replaceAll(/&(amp;)+/gi, '&');
}

function unwrapped(text: string): string {
  return text
    .replaceAll(/[\s<>"\u00ad\u200b-\u200d\u2060\ufeff]+/g, '')
    .replaceAll(/^['([{“”„‘’«»`]+|(?<![')\]}“”„‘’«»`.,;:!])[')\]}“”„‘’«»`.,;:!]+$/g, '');
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
