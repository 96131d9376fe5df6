import { valueOf } from '../environment/environment';
import type { Settings } from '../environment/settings';
import { Failure, invalid } from '../errors';
import { hmacSha256 } from './hmac';
import { meaningOfError, readCallback, type PastedCallback, type PastedInstead } from './pasted-callback';
import { peekState, shortestLinkSecret, signedAnew, type LinkApp, type StateClaims } from './state';
import { judgeState, type LinkHolder } from './state-check';

/** A callback URL taken apart: `url` is made anew from its code and state, so that nothing else of it goes on. */
export type Callback = CodeCallback | Extract<PastedCallback, { kind: 'error' }>;

export type CodeCallback = Extract<PastedCallback, { kind: 'code' }> & { readonly url: string };

/**
 * Reads what a person pasted.
 * @throws Failure `invalid`, one for each thing that is pasted in its stead
 */
export function parseCallback(pasted: string): Callback {
  const callback = readCallback(pasted);
  if (callback.kind === 'error') return callback;
  if (callback.kind === 'code') return { ...callback, url: urlOf(callback.code, callback.state) };
  const { code = callback.kind, message, hint = pasteHint } = pastedInstead[callback.kind];
  throw invalid(code, message, hint);
}

const pasteHint = 'paste the whole address the browser ended at, from http to the end';

interface PasteFailure {
  readonly code?: string;
  readonly message: string;
  readonly hint?: string;
}

const pastedInstead: Readonly<Record<PastedInstead, PasteFailure>> = {
  nothing: { code: 'no_callback', message: 'there is no callback URL' },
  bare_code: { message: 'that is a code or a state alone, which is not enough' },
  not_a_url: { message: 'what was pasted is no callback URL' },
  consent_link: {
    message: 'that is the consent link itself',
    hint: 'open it, press Allow access, and paste the address of the page after that',
  },
  no_code: { message: 'the callback URL has no code' },
  no_state: { message: 'the callback URL has no state, so it answers no link made here' },
  cut_off: {
    message: 'the end of the callback URL is missing',
    hint: 'copy all of it, from http to the end: its code is good for five minutes',
  },
  redirector: {
    message: 'that is the address of a mail filter or a link shortener, which hides the callback URL',
    hint: "copy the address from the browser's address bar",
  },
  bad_code: { message: 'the code in the callback URL is none that Xero gives' },
  bad_state: { message: 'the state in the callback URL is none that was made here' },
};

function urlOf(code: string, state: string): string {
  return `https://callback.invalid/?code=${encodeURIComponent(code)}&state=${encodeURIComponent(state)}`;
}

/**
 * The variables of **Exchange code** for a callback that has been verified. Its scripts verify it again with the
 * environment's own name and secret; a state with another name or an earlier secret is signed again with these.
 */
export function exchangeVariables(settings: Settings, { code, state }: CodeCallback): Readonly<Record<string, string>> {
  const shown = settings.appType === 'web' ? signedAnew(state, linkAppOf(settings), hmacSha256) : state;
  return { callback_url: urlOf(code, shown), consent_state: shown };
}

/** The link of a verified callback, and what it may do. */
export interface VerifiedLink {
  readonly madeAt: Date;
  /** It may connect another organisation than the one held. */
  readonly mayReplace: boolean;
  /** A consent has succeeded since it was made, so it may change nothing any more. */
  readonly isUsedUp: boolean;
  /** It was made by an earlier version; such a link is accepted once, with a warning. */
  readonly isOldForm: boolean;
}

/**
 * Makes sure that a callback belongs to a link that was made for this environment, not too long ago (RFC 6749 §10.12).
 * A used link passes: it may still bring the same person and organisation, and the caller judges that. `hadItsName`: the
 * environment had the state's name before it was renamed.
 * @throws Failure `invalid` for a state that isn't ours, `consent_needed` for a link that is too old
 */
export function checkState(state: string, settings: Settings, now: Date, hadItsName = false): VerifiedLink {
  const former = hadItsName ? [peekState(state)?.name ?? ''] : [];
  const judged = judgeState(state, holderOf(settings, former), now, hmacSha256);
  const { name } = settings.environment;
  if (judged.kind === 'weak_secret') throw weakSecret(name);
  if (judged.kind === 'expired') throw linkExpired(judged.claims, name, now);
  if (judged.kind !== 'good') throw wrongState(judged.claims, name);
  const { madeAt, mayReplace, isOldForm } = judged.claims;
  return { madeAt, mayReplace, isUsedUp: judged.isUsedUp, isOldForm };
}

function holderOf(settings: Settings, former: readonly string[]): LinkHolder {
  const { appType, environment, linkSecrets } = settings;
  return {
    appType,
    names: [environment.name, environment.innerName, ...former],
    apps: linkSecrets.map((clientSecret) => ({ ...linkAppOf(settings), clientSecret })),
    consentState: valueOf(environment, 'consent_state'),
    consentRequestedAt: valueOf(environment, 'consent_requested_at'),
    codeVerifier: valueOf(environment, 'code_verifier'),
    connectedAt: valueOf(environment, 'connected_at'),
  };
}

/** The failure for an `error` in the callback: the person declined, or Xero refused. */
export function callbackFailure(callback: Extract<Callback, { kind: 'error' }>, name: string): Failure {
  const link = `npx evergrant consent ${name}`;
  const meaning = meaningOfError(callback.error, callback.description);
  if (meaning === 'scope_refused') {
    return new Failure(
      'refused',
      'invalid_scope',
      'Xero refused the scopes that this app asks for',
      `correct scopes in ${name}, then ${link}`,
    );
  }
  if (meaning === 'limit_reached') {
    return new Failure(
      'refused',
      'connection_limit',
      'Xero connects no further organisation to this app, or no further app to this organisation',
      `disconnect what is not needed, or have the app certified at developer.xero.com; then ${link}`,
    );
  }
  if (meaning === 'cancelled') {
    return new Failure(
      'consent_needed',
      'access_denied',
      'Cancel was pressed at Xero: no consent was given',
      `send a new link: ${link}`,
    );
  }
  const error = meaning.code || 'an error';
  return new Failure(
    'refused',
    error,
    `Xero answered the consent with ${error}`,
    `check the app's settings, then ${link}`,
  );
}

/** The app for which an environment's links are made. */
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

/** The failure for a secret that is too short to sign a link. */
export function weakSecret(name: string): Failure {
  return invalid(
    'weak_secret',
    `the client_secret of ${name} has under ${shortestLinkSecret} characters, which is too short to sign a consent link with`,
    `copy the whole secret from the app at developer.xero.com, or generate a new one there`,
  );
}
