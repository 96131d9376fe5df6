import { Failure, invalid } from '../errors';
import { valueOf } from './environment';
import type { Settings } from './settings';
import { percentDecoded } from './scrub';
import { isLinkGood, peekState, verifyState } from './state';

/** A callback URL taken apart (RFC 6749 §4.1.2 and §4.1.2.1). */
export type Callback =
  | { readonly kind: 'code'; readonly url: string; readonly code: string; readonly state: string }
  | { readonly kind: 'error'; readonly error: string; readonly description: string; readonly state: string };

export type CodeCallback = Extract<Callback, { kind: 'code' }>;

const pasteHint = 'paste the whole address the browser ended at, from http to the end';

/**
 * Reads what a person pasted; see {@link pastedUrl} for what is forgiven.
 * @throws Failure `invalid`, one for each thing that is pasted in its stead
 */
export function parseCallback(pasted: string): Callback {
  const url = pastedUrl(pasted);
  if (url === '') throw invalid('no_callback', 'there is no callback URL', pasteHint);
  if (/^(?=.*\d)[\w.~+/=-]{20,}$/.test(url))
    throw invalid('bare_code', 'that is a code or a state alone, which is not enough', pasteHint);
  if (!/^https?:\/\/[^/?#]/i.test(url)) throw invalid('not_a_url', 'what was pasted is no callback URL', pasteHint);
  const parameters = parametersOf(url);
  const [error, code, state] = ['error', 'code', 'state'].map((name) => parameters.get(name) ?? '');
  if (error)
    return { kind: 'error', error, description: parameters.get('error_description') ?? '', state: state ?? '' };
  if (!code && parameters.has('response_type')) {
    throw invalid(
      'consent_link',
      'that is the consent link itself',
      'open it, press Allow access, and paste the address of the page after that',
    );
  }
  if (!code) throw invalid('no_code', 'the callback URL has no code', pasteHint);
  if (!state) throw invalid('no_state', 'the callback URL has no state, so it answers no link made here', pasteHint);
  return { kind: 'code', url, code, state };
}

/**
 * The URL in what somebody pasted from a mail or a chat. Forgiven are blanks and line breaks anywhere, quotes and
 * brackets around it, a full stop after it, `&amp;` for `&`, and that all of it was percent-encoded once more.
 * The collection's `pastedUrl` does the same.
 */
function pastedUrl(pasted: string): string {
  const bare = unwrapped(pasted);
  const url = bare.includes('://') ? bare : unwrapped(percentDecoded(bare));
  return url.replaceAll(/&(amp;)+/gi, '&');
}

function unwrapped(text: string): string {
  return text
    .replaceAll(/[\s<>"\u00ad\u200b-\u200d\u2060\ufeff]+/g, '')
    .replaceAll(/^['([{“”„‘’«»`]+|[')\]}“”„‘’«»`.,;:!]+$/g, '');
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

/**
 * Makes sure that a callback answers a link made for this environment, not too long ago (RFC 6749 §10.12).
 * @throws Failure `invalid` for a state that isn't ours, `consent_needed` for a link that is too old
 */
export function checkState(state: string, settings: Settings, now: Date): void {
  const { environment } = settings;
  const link = `npx evergrant consent ${environment.name}`;
  const verdict = settings.appType === 'pkce' ? keptState(state, settings, now) : ownState(state, settings, now);
  if (verdict === 'expired') {
    throw new Failure(
      'consent_needed',
      'link_expired',
      'this consent link is over 14 days old',
      `make a new one: ${link}`,
    );
  }
  if (verdict === 'forged') {
    throw invalid(
      'wrong_state',
      `the callback URL answers no link made for ${environment.name}`,
      `use the newest link, or make one: ${link}`,
    );
  }
}

/** What an `error` on the callback means: the person said no, or Xero did. */
export function callbackFailure(callback: Extract<Callback, { kind: 'error' }>, name: string): Failure {
  const link = `npx evergrant consent ${name}`;
  if (callback.error === 'access_denied' && /scope/i.test(callback.description)) {
    return new Failure(
      'refused',
      'invalid_scope',
      'Xero refused the scopes that this app asks for',
      `correct scopes in ${name}, then ${link}`,
    );
  }
  if (callback.error === 'access_denied') {
    return new Failure(
      'consent_needed',
      'access_denied',
      'Cancel was pressed at Xero: no consent was given',
      `send a new link: ${link}`,
    );
  }
  const error = /^[a-z_]{1,40}$/.test(callback.error) ? callback.error : 'an error';
  return new Failure(
    'refused',
    error,
    `Xero answered the consent with ${error}`,
    `check the app's settings, then ${link}`,
  );
}

/** A web app's state verifies itself, and names the environment that it is for. */
function ownState(state: string, settings: Settings, now: Date): 'valid' | 'expired' | 'forged' {
  const { name, innerName } = settings.environment;
  const isOurs = [name, innerName].includes(peekState(state)?.name ?? '');
  return isOurs && settings.value('client_secret') !== ''
    ? verifyState(state, settings.value('client_secret'), now)
    : 'forged';
}

/** A PKCE app's state and verifier are kept in the environment that made the link. */
function keptState(state: string, { environment }: Settings, now: Date): 'valid' | 'expired' | 'forged' {
  const kept = valueOf(environment, 'consent_state');
  if (kept === '' || kept !== state || valueOf(environment, 'code_verifier') === '') return 'forged';
  const madeAt = new Date(valueOf(environment, 'consent_requested_at'));
  return Number.isNaN(madeAt.getTime()) || isLinkGood(madeAt, now) ? 'valid' : 'expired';
}
