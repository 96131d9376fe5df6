import { valueOf } from '../environment/environment';
import { plainName } from '../environment/plain-name';
import type { Settings } from '../environment/settings';
import { Failure, invalid } from '../errors';
import { percentDecoded } from '../text/percent';
import { hmacSha256 } from './hmac';
import { shortestLinkSecret, signedAnew, type LinkApp, type StateClaims } from './state';
import { judgeState, type LinkHolder } from './state-check';

/**
 * A callback URL taken apart (RFC 6749 §4.1.2 and §4.1.2.1). It comes from anybody: code and state are plain (see
 * {@link isPlain}), and `url` is made anew from these two, so that neither can be an expression for Newman.
 */
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
  if (error) return errorCallback(error, parameters.get('error_description') ?? '', state ?? '');
  if (!code && parameters.has('response_type')) {
    throw invalid(
      'consent_link',
      'that is the consent link itself',
      'open it, press Allow access, and paste the address of the page after that',
    );
  }
  if (!code) throw invalid('no_code', 'the callback URL has no code', pasteHint);
  if (!state) throw invalid('no_state', 'the callback URL has no state, so it answers no link made here', pasteHint);
  if (!isPlain(code)) throw invalid('bad_code', 'the code in the callback URL is none that Xero gives', pasteHint);
  if (!isPlain(state))
    throw invalid('bad_state', 'the state in the callback URL is none that was made here', pasteHint);
  return { kind: 'code', url: urlOf(code, state), code, state };
}

function urlOf(code: string, state: string): string {
  return `https://callback.invalid/?code=${encodeURIComponent(code)}&state=${encodeURIComponent(state)}`;
}

/**
 * The variables of **Exchange code** for a callback that has been verified. Its scripts verify it once more, under the
 * environment's own name and secret: under these it is signed anew, where another name or a secret before was its own.
 */
export function exchangeVariables(settings: Settings, { code, state }: CodeCallback): Readonly<Record<string, string>> {
  const shown = settings.appType === 'web' ? signedAnew(state, linkAppOf(settings), hmacSha256) : state;
  return { callback_url: urlOf(code, shown), consent_state: shown };
}

/** What a code or a state can be (RFC 6749 appendix A.11 and A.5): printable ASCII, here without braces, and not long. */
function isPlain(text: string): boolean {
  return /^[ -z|~]{1,2048}$/.test(text);
}

function errorCallback(error: string, description: string, state: string): Callback {
  const plain = { error: plainName(error), description: plainName(description), state: isPlain(state) ? state : '' };
  return { kind: 'error', ...plain };
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

/** A link whose callback has come, and what it may do. */
export interface VerifiedLink {
  readonly madeAt: Date;
  /** It was made to connect another organisation than the one held. */
  readonly mayReplace: boolean;
  /** A consent has been finished since it was made: it may change nothing any more. */
  readonly isUsedUp: boolean;
  /** It was made by an earlier version; such links are taken once more, with a warning. */
  readonly isOldForm: boolean;
}

/**
 * Makes sure that a callback answers a link made for this environment, not too long ago (RFC 6749 §10.12). A used link
 * passes: whether it may still bring the same person and organisation is the caller's to judge.
 * @throws Failure `invalid` for a state that isn't ours, `consent_needed` for a link that is too old
 */
export function checkState(state: string, settings: Settings, now: Date): VerifiedLink {
  const judged = judgeState(state, holderOf(settings), now, hmacSha256);
  const { name } = settings.environment;
  if (judged.kind === 'weak_secret') throw weakSecret(name);
  if (judged.kind === 'expired') throw linkExpired(judged.claims, name, now);
  if (judged.kind !== 'good') throw wrongState(judged.claims, name);
  const { madeAt, mayReplace, isOldForm } = judged.claims;
  return { madeAt, mayReplace, isUsedUp: judged.isUsedUp, isOldForm };
}

function holderOf(settings: Settings): LinkHolder {
  const { appType, environment, linkSecrets } = settings;
  return {
    appType,
    names: [environment.name, environment.innerName],
    apps: linkSecrets.map((clientSecret) => ({ ...linkAppOf(settings), clientSecret })),
    consentState: valueOf(environment, 'consent_state'),
    consentRequestedAt: valueOf(environment, 'consent_requested_at'),
    codeVerifier: valueOf(environment, 'code_verifier'),
    connectedAt: valueOf(environment, 'connected_at'),
  };
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

/** The app that an environment's links are made for. */
export function linkAppOf({ value }: Settings): LinkApp {
  return { clientSecret: value('client_secret'), clientId: value('client_id'), redirectUri: value('redirect_uri') };
}

function wrongState(claims: StateClaims | undefined, name: string): Failure {
  const link = `npx evergrant consent ${name}`;
  if (claims?.isOldForm === true) {
    const message = `the consent link was made by an earlier version, and does not verify for ${name}`;
    return invalid('wrong_state', message, `make a new one: ${link}`);
  }
  return invalid(
    'wrong_state',
    `the callback URL answers no link made for ${name}`,
    `use the newest link, or make one, as after a change of client_id, client_secret or redirect_uri: ${link}`,
  );
}

function linkExpired({ madeAt, goodUntil }: StateClaims, name: string, now: Date): Failure {
  const message =
    madeAt > now
      ? `this consent link is dated ${dayOf(madeAt)}, which is still to come: a clock is wrong`
      : `this consent link was good until ${dayOf(goodUntil)}`;
  return new Failure('consent_needed', 'link_expired', message, `make a new one: npx evergrant consent ${name}`);
}

function dayOf(at: Date): string {
  return at.toISOString().slice(0, 10);
}

/** The failure of a secret that is too short to sign a link. */
export function weakSecret(name: string): Failure {
  return invalid(
    'weak_secret',
    `the client_secret of ${name} has under ${shortestLinkSecret} characters, which is too short to sign a consent link with`,
    `copy the whole secret from the app at developer.xero.com, or generate a new one there`,
  );
}
