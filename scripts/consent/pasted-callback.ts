import { plainName } from '../environment/plain-name';
import { percentDecoded } from '../text/percent';

/**
 * What somebody pasted as a callback URL (RFC 6749 §4.1.2 and §4.1.2.1). It comes from anybody: code and state are plain
 * (see {@link isPlain}), so that neither can be an expression for Postman, and so are the error and its description.
 */
export type PastedCallback =
  | { readonly kind: 'code'; readonly code: string; readonly state: string }
  | { readonly kind: 'error'; readonly error: string; readonly description: string; readonly state: string }
  | { readonly kind: PastedInstead };

/** What is pasted in its stead. */
export type PastedInstead =
  'nothing' | 'bare_code' | 'not_a_url' | 'consent_link' | 'no_code' | 'no_state' | 'bad_code' | 'bad_state';

/** Reads what a person pasted; see {@link pastedUrl} for what is forgiven. */
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

/** What a code or a state can be (RFC 6749 appendix A.11 and A.5): printable ASCII, here without braces, and not long. */
function isPlain(text: string): boolean {
  return /^[ -z|~]{1,2048}$/.test(text);
}

function errorCallback(error: string, description: string, state: string): PastedCallback {
  const plain = { error: plainName(error), description: plainName(description), state: isPlain(state) ? state : '' };
  return { kind: 'error', ...plain };
}

/** What the error on a callback means: the person said no, Xero refuses a scope, or another code; '' is not fit to be shown. */
export function meaningOfError(error: string, description: string): 'cancelled' | 'scope_refused' | { code: string } {
  if (error === 'access_denied') return /scope/i.test(description) ? 'scope_refused' : 'cancelled';
  return { code: /^[a-z_]{1,40}$/.test(error) ? error : '' };
}

/**
 * The URL in what somebody pasted from a mail or a chat. Forgiven are blanks and line breaks anywhere, quotes and
 * brackets around it, a full stop after it, `&amp;` for `&`, and that all of it was percent-encoded once more.
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

/** Of a parameter that stands there twice the first counts. */
function parametersOf(url: string): Map<string, string> {
  const query = /^[^?#]*\?([^#]*)/.exec(url)?.[1] ?? '';
  const pairs = query.split('&').map((pair): [string, string] => {
    const [name = '', ...value] = pair.replaceAll('+', ' ').split('=').map(percentDecoded);
    return [name, value.join('=')];
  });
  return new Map(pairs.reverse());
}
